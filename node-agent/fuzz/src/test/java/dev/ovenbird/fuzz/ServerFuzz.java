package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.testkit.BareClient;
import dev.ovenbird.testkit.BareServer;
import dev.ovenbird.testkit.Forger;
import dev.ovenbird.testkit.NoTls;
import dev.ovenbird.testkit.SeededRandom;
import dev.ovenbird.testkit.Simulation;
import dev.ovenbird.testkit.TestPki;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The server's whole entry point: the input is a list of steps, each with a packet (a client's own,
 * changed, repeated, forged with a valid key, or any bytes), a slow task, time, or what a host may
 * ask for. Afterwards everything must be gone and the server must still serve.
 */
public final class ServerFuzz {
  private static final int MAX_STEPS = 300;
  private static final ServerConfig.Limits LIMITS = new ServerConfig.Limits(4, 6, 2, 50, 2048);
  private static final TestPki PKI = new TestPki(new SeededRandom(1), 1_790_000_000L);
  private static final ClientKeyFile ALICE = PKI.clientKey("alice");
  private static final ClientKeyFile MALLORY = PKI.clientKey("mallory");
  private static final ClientKeyFile[] LATER = {
    PKI.clientKey("1st"), PKI.clientKey("2nd"), PKI.clientKey("3rd"), PKI.clientKey("4th")
  };
  private static final LinkPath[] PATHS = {
    BareServer.path(Transport.UDP, 0x0a000001, 1000),
    BareServer.path(Transport.UDP, 0x0a000002, 2000),
    BareServer.path(Transport.TCP, 0x0a000003, 3000),
    BareServer.path(Transport.UDP, 0x0a000004, 4000)
  };

  private final Input input;
  private final BareServer server;
  private final BareClient alice;
  private final Forger mallory = new Forger(MALLORY, 0x4d414c);
  private final List<byte[]> history = new ArrayList<>();
  private final Set<List<Integer>> genuine = new HashSet<>();
  private int delivered;
  private int numbered;
  private int messageId = 2;
  private final List<Integer> owedAcks = new ArrayList<>();

  private ServerFuzz(byte[] data) {
    input = new Input(data);
    server =
        new BareServer(
            ServerConfig.of(List.of(PKI.serverKey()), NoTls.server(NoTls.named("anybody")))
                .withLimits(LIMITS),
            new SeededRandom(2));
    alice = client(ALICE, PATHS[0]);
    alice.start(server);
  }

  private static BareClient client(ClientKeyFile key, LinkPath path) {
    return new BareClient(
        ClientConfig.of(key, NoTls.client(NoTls.named("server")), path.transport(), true),
        path,
        new SeededRandom(3));
  }

  public static void fuzzerTestOneInput(byte[] data) {
    ServerFuzz run = new ServerFuzz(data);
    for (int step = 0; step < MAX_STEPS && !run.input.isEmpty(); step++) {
      run.step();
      run.invariants();
    }
    run.end();
  }

  private void step() {
    int step = input.next();
    LinkPath path = PATHS[step >>> 4 & 3];
    switch (step & 15) {
      case 0 -> receive(PATHS[0], alicesNext());
      case 1 -> {
        byte[] packet = alicesNext();
        int at = input.next() << 8 | input.next();
        if (packet.length > 0) {
          packet[at % packet.length] ^= (byte) input.next();
        }
        receive(path, packet);
      }
      case 2 -> {
        byte[] packet = alicesNext();
        receive(path, Arrays.copyOf(packet, input.next() << 1));
      }
      case 3 -> receive(path, input.nextBytes());
      case 4 -> forge(path);
      case 5 -> receive(path, mallory.reset());
      case 6 -> {
        deliverToAlice();
        alice.runTasks(server.bootNanos, server.wallSeconds);
      }
      case 7 -> runTask(true);
      case 8 -> runTask(false);
      case 9 -> {
        server.advance(input.next() * 100_000_000L);
        alice.endpoint().timeout(server.bootNanos, server.wallSeconds);
      }
      case 10 -> {
        byte[] payload = {1, (byte) numbered, (byte) (numbered++ >> 8), 2};
        byte[] packet = alice.sealed(payload, server.bootNanos);
        if (packet.length > 0) {
          genuine.add(key(payload));
          history.add(packet.clone());
          receive(path.transport() == Transport.UDP ? path : PATHS[0], packet);
        }
      }
      case 11 -> receive(path, changedOfHistory());
      case 12 -> ask(path);
      case 13 -> {
        if ((step & 16) == 0) {
          alice.endpoint().renegotiate(server.bootNanos, server.wallSeconds);
        } else {
          alice.endpoint().leave(server.bootNanos, server.wallSeconds);
        }
      }
      case 14 -> hearMallory(path);
      default -> say(path, input.nextBytes());
    }
  }

  private byte[] alicesNext() {
    byte[] packet = alice.out.poll();
    if (packet == null) {
      return changedOfHistory();
    }
    history.add(packet.clone());
    return packet;
  }

  private byte[] changedOfHistory() {
    if (history.isEmpty()) {
      return new byte[0];
    }
    byte[] packet = history.get(input.next() % history.size()).clone();
    int change = input.next();
    if (packet.length > 0 && change > 127) {
      packet[(input.next() << 8 | input.next()) % packet.length] ^= (byte) change;
    }
    return packet;
  }

  /** An authentic packet that says anything. */
  private void forge(LinkPath path) {
    int kind = input.next();
    Opcode opcode = Opcode.of(kind & 15);
    if (opcode == null || opcode.isData()) {
      return;
    }
    int[] acks = new int[input.next() & 7];
    for (int i = 0; i < acks.length; i++) {
      acks[i] = input.next() < 250 ? i : input.nextInt();
    }
    long id = input.next() < 250 ? input.next() & 31 : input.nextInt() & 0xffffffffL;
    receive(path, mallory.packet(opcode, kind >>> 5, acks, id, input.nextBytes()));
  }

  /** The next message in order, in a record as the engine reads it, with all acks that are owed. */
  private void say(LinkPath path, byte[] bytes) {
    int[] acks = owedAcks.stream().limit(4).mapToInt(Integer::intValue).toArray();
    owedAcks.subList(0, acks.length).clear();
    byte type = bytes.length == 0 ? NoTls.HELLO : NoTls.DATA;
    byte[] record = NoTls.record(type, bytes);
    if (messageId == 2 && type == NoTls.HELLO) {
      receive(path, mallory.third(record));
    } else {
      receive(path, mallory.packet(Opcode.CONTROL_V1, 0, acks, messageId++, record));
    }
  }

  /** Mallory reads what was sent to a path: the cookie, and what is to be acknowledged. */
  private void hearMallory(LinkPath path) {
    for (BareServer.Sent sent : List.copyOf(server.sent)) {
      Unwrapped packet =
          sent.to().equals(path) && sent.packet().length > 0
              ? mallory.answered(sent.packet())
              : null;
      if (packet != null) {
        server.sent.remove(sent);
        try {
          boolean ackOnly = Opcode.ofFirstByte(packet.firstByte()) == Opcode.ACK_V1;
          ControlBody body = ControlBody.parse(ackOnly, packet.body());
          if (!body.isAckOnly() && owedAcks.size() < 64) {
            owedAcks.add((int) body.messageId());
          }
        } catch (MalformedPacketException e) {
          throw new AssertionError("the server sent a malformed packet", e);
        }
      }
    }
  }

  private void deliverToAlice() {
    for (BareServer.Sent sent : List.copyOf(server.sent)) {
      if (sent.to().equals(PATHS[0])) {
        server.sent.remove(sent);
        alice.receive(sent.packet(), server.bootNanos, server.wallSeconds);
      }
    }
  }

  private void runTask(boolean run) {
    SlowTask task = server.tasks.poll();
    if (task != null) {
      if (run) {
        task.run();
      } else {
        task.abandon();
      }
      server.endpoint().completed(task, server.bootNanos, server.wallSeconds);
    }
  }

  private void ask(LinkPath path) {
    switch (input.next() & 7) {
      case 0 -> server.endpoint().cutOff("alice", "x", server.bootNanos, server.wallSeconds);
      case 1 -> server.endpoint().cutOff("mallory", "x", server.bootNanos, server.wallSeconds);
      case 2 -> server.endpoint().sendAway("alice", server.bootNanos, server.wallSeconds);
      case 3 -> server.endpoint().acceptNewSessions(false);
      case 4 -> server.endpoint().acceptNewSessions(true);
      case 5 -> server.endpoint().disconnected(path, server.bootNanos, server.wallSeconds);
      case 6 -> server.wallSeconds += input.nextInt();
      default -> server.known = metadata -> !BareServer.metadataName(metadata).equals("mallory");
    }
  }

  private void receive(LinkPath from, byte[] packet) {
    boolean nobody = isNobodyThere();
    int before = server.sent.size();
    int length = packet.length;
    server.receive(from, packet);
    if (nobody && isNobodyThere()) {
      List<BareServer.Sent> answers = server.sent.subList(before, server.sent.size());
      Check.that(answers.size() <= 1, "several answers to a stranger");
      for (BareServer.Sent answer : answers) {
        Check.that(answer.to().equals(from), "an answer to somebody else");
        Check.that(answer.packet().length < length, "an answer longer than its request");
      }
    }
    if (server.sent.size() > 500) {
      server.sent.subList(0, 250).clear();
    }
  }

  private boolean isNobodyThere() {
    return server.endpoint().nextDeadline() == Long.MAX_VALUE;
  }

  private void invariants() {
    int halfOpen = server.endpoint().halfOpenSessions();
    int open = server.endpoint().sessions().size();
    Check.that(halfOpen >= 0 && halfOpen <= LIMITS.maxHalfOpen(), halfOpen + " half-open");
    Check.that(open <= LIMITS.maxSessions(), open + " sessions");
    Check.that(server.opened - server.closed.size() == open, "a session came or went unsaid");
    for (; delivered < server.tunnelPackets.size(); delivered++) {
      Check.that(
          genuine.remove(key(server.tunnelPackets.get(delivered))),
          "a packet that nobody sent, or twice");
    }
  }

  /** Whatever has happened: time clears it away, and the next client connects. */
  private void end() {
    server.known = metadata -> true;
    server.wallSeconds = 1_790_000_000L;
    server.endpoint().acceptNewSessions(true);
    for (int i = 0; i < 8; i++) {
      server.runTasks();
      server.advance(30 * Simulation.SECOND);
      invariants();
    }
    Check.that(server.endpoint().halfOpenSessions() == 0, "half-open for ever");
    Check.that(server.endpoint().sessions().isEmpty(), "a silent session for ever");
    Check.that(isNobodyThere(), "something is left");
    server.sent.clear();
    for (int i = 0; i < LIMITS.maxSessions(); i++) {
      LinkPath path = BareServer.path(Transport.UDP, 0x0b000000 + i, 5000);
      BareClient later = client(LATER[i], path);
      later.start(server);
      later.exchange(server);
      Check.that(later.pushed != null, "the next client is kept out: " + later.closedReason);
    }
  }

  private static List<Integer> key(byte[] payload) {
    List<Integer> key = new ArrayList<>();
    for (byte each : payload) {
      key.add((int) each);
    }
    return key;
  }
}
