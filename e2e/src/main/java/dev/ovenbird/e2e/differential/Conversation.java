package dev.ovenbird.e2e.differential;

import dev.ovenbird.e2e.client.Echo;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.testkit.BareClient;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** One client of one server, driven packet by packet, and what a forger has to know of it. */
final class Conversation implements AutoCloseable {
  /** Forged packets count from here on: near enough for what the client itself sends next. */
  private static final int AHEAD = 20;

  /** How long a client may take that can go on: part of what is compared. */
  private static final long CONNECT_NANOS = 2_500_000_000L;

  /** To come to a stage is no answer yet, and may take as long as a busy machine needs. */
  private static final int ANSWER_SECONDS = 10;

  private static final int LONGEST = 4096;
  private static final int ECHOES = 4;
  private static final int ECHO_MILLIS = 250;

  private final Side side;
  private final ClientKeyFile key;
  private final DatagramSocket socket;
  private final BareClient client;
  private final List<byte[]> controls = new ArrayList<>();
  private SessionId server = SessionId.UNDEFINED;

  Conversation(Side side, int clientNumber) throws IOException {
    this.side = side;
    Side.Member member = side.client(clientNumber);
    this.key = member.key();
    this.socket = side.namespace().call(DatagramSocket::new);
    socket.connect(side.server());
    LinkPath path = new LinkPath(Transport.UDP, 0, 0, 0, 0xffff_c000_0201L, 1194, 0, 0, 0);
    this.client = new BareClient(member.config(), path, new SecureRandom());
  }

  /** Goes on until a stage is reached; false if it is not. */
  boolean reach(Stage stage) throws IOException {
    client.endpoint().start(System.nanoTime(), wallSeconds());
    if (stage == Stage.NEW) {
      return true;
    }
    sendAll();
    // A server may be busy, or pass a packet over: a client sends it again.
    for (int second = 0; observe(1000, 1).isEmpty(); second++) {
      if (second == ANSWER_SECONDS) {
        return false;
      }
      client.endpoint().timeout(System.nanoTime(), wallSeconds());
      sendAll();
    }
    work();
    if (stage == Stage.ANSWERED) {
      return true;
    }
    sendAll();
    // Ours acknowledges at once, and answers when TLS is done, on another thread.
    Set<String> came = new TreeSet<>();
    for (int i = 0; i < 10 * ANSWER_SECONDS && !came.contains("control"); i++) {
      came.addAll(observe(100, 20));
    }
    return came.contains("control")
        && (stage == Stage.HANDSHAKE || connect(ANSWER_SECONDS * 1_000_000_000L));
  }

  /** Lets the client go on until it is connected. */
  private boolean connect(long limitNanos) throws IOException {
    long end = System.nanoTime() + limitNanos;
    while (client.pushed == null && client.closedReason == null && System.nanoTime() < end) {
      client.endpoint().timeout(System.nanoTime(), wallSeconds());
      sendAll();
      observe(20, 1);
      work();
    }
    sendAll();
    return client.pushed != null;
  }

  /** Whether the client can go on as if nothing had been: connect, or have an echo answered. */
  boolean isUnharmed() throws IOException {
    boolean connected = client.pushed != null || connect(CONNECT_NANOS);
    List<String> pushed = client.pushed;
    if (!connected || pushed == null) {
      return false;
    }
    InetAddress own =
        InetAddress.getByName(
            pushed.stream()
                .filter(option -> option.startsWith("ifconfig "))
                .findFirst()
                .orElseThrow()
                .split(" ")[1]);
    for (int i = 0; i < ECHOES; i++) {
      Echo echo = new Echo(own, InetAddress.getByName(side.gateway()), i);
      // A key is derived after the options have come.
      work();
      sendAll();
      byte[] sealed = sealed(echo.request());
      if (sealed.length > 0) {
        send(sealed);
      }
      long end = System.nanoTime() + ECHO_MILLIS * 1_000_000L;
      while (System.nanoTime() < end) {
        observe(20, 1);
        work();
        sendAll();
        if (client.tunnelPackets.stream().anyMatch(echo::isAnswer)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Data as the client would send it; empty before there is a key. */
  byte[] sealed(byte[] payload) {
    return client.sealed(payload, System.nanoTime());
  }

  /** The control packet that the client sends next, else the last that it has sent. */
  byte[] template() {
    byte[] next = client.out.peek();
    return (next == null || isData(next) ? controls.getLast() : next).clone();
  }

  /** The first packet of all. */
  byte[] reset() {
    byte[] next = client.out.peek();
    return (controls.isEmpty() && next != null ? next : controls.getFirst()).clone();
  }

  byte[] wkc() {
    return key.wkc().clone();
  }

  SessionId own() {
    return new SessionId(ByteBuffer.wrap(reset()).getLong(1));
  }

  /** The server's session id; undefined before its answer. */
  SessionId server() {
    return server;
  }

  /** A replay id that was not used yet. */
  ReplayId fresh() {
    return new ReplayId(used().counter() + AHEAD, used().time());
  }

  /** The last replay id that was used. */
  ReplayId used() {
    ByteBuffer last = ByteBuffer.wrap(template());
    return new ReplayId(last.getInt(9), last.getInt(13));
  }

  /** The message id that the server expects next, if all that was sent has arrived. */
  long nextMessage() {
    long highest = -1;
    for (byte[] packet : controls) {
      Opcode opcode = Opcode.ofFirstByte(packet[0]);
      int length = packet.length;
      if (opcode != null && opcode.carriesWrappedClientKey()) {
        length -= key.wkc().length;
      }
      Unwrapped opened = new TlsCrypt(key.key(), Role.SERVER).unwrap(packet.clone(), length);
      try {
        if (opened != null && opcode != Opcode.ACK_V1) {
          highest = Math.max(highest, ControlBody.parse(false, opened.body()).messageId());
        }
      } catch (MalformedPacketException e) {
        throw new IllegalStateException(e);
      }
    }
    return highest + 1;
  }

  /**
   * The id of a message that the client cannot do without: in the handshake its next one may be no
   * more than TLS 1.3's empty change of cipher.
   */
  long neededMessage() {
    long next = nextMessage();
    return next > 1 ? next + 1 : next;
  }

  /** Wraps with the client's own key. */
  byte[] wrap(int firstByte, SessionId sender, ReplayId id, byte[] body) {
    return new TlsCrypt(key.key(), Role.CLIENT).wrap(firstByte, sender, id, body);
  }

  void send(byte[] packet) throws IOException {
    socket.send(new DatagramPacket(packet, packet.length));
  }

  private void sendAll() throws IOException {
    for (byte[] packet; (packet = client.out.poll()) != null; ) {
      if (!isData(packet)) {
        controls.add(packet.clone());
      }
      send(packet);
    }
  }

  private void work() {
    client.runTasks(System.nanoTime(), wallSeconds());
  }

  /**
   * Takes what comes until nothing has come for a while, and gives it to the client.
   *
   * @return kinds of the control packets among it
   */
  Set<String> observe(int firstMillis, int quietMillis) throws IOException {
    Set<String> kinds = new TreeSet<>();
    byte[] buffer = new byte[LONGEST];
    int wait = firstMillis;
    while (true) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.setSoTimeout(wait);
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return kinds;
      }
      byte[] bytes = Arrays.copyOf(buffer, packet.getLength());
      wait = quietMillis;
      Opcode opcode = bytes.length == 0 ? null : Opcode.ofFirstByte(bytes[0]);
      if (opcode == null) {
        kinds.add("nonsense");
      } else if (!opcode.isData()) {
        kinds.add(opcode.toString().toLowerCase(Locale.ROOT).replaceAll("_v[0-9]$", ""));
        if (!server.isDefined()) {
          server = new SessionId(ByteBuffer.wrap(bytes).getLong(1));
        }
      }
      client.receive(bytes, System.nanoTime(), wallSeconds());
    }
  }

  private static boolean isData(byte[] packet) {
    Opcode opcode = Opcode.ofFirstByte(packet[0]);
    return opcode != null && opcode.isData();
  }

  private static long wallSeconds() {
    return System.currentTimeMillis() / 1000;
  }

  /** Says good-bye if there is somebody to say it to. */
  @Override
  public void close() throws IOException {
    client.endpoint().leave(System.nanoTime(), wallSeconds());
    work();
    sendAll();
    socket.close();
  }
}
