package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.OccMessage;
import dev.ovenbird.protocol.data.Ping;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server role for one instance: all its sessions, without I/O, threads or clock. Confined to
 * one thread. Every call carries {@code bootNanos} (CLOCK_BOOTTIME; monotonic) and, where replay
 * ids or certificates matter, {@code wallSeconds} (Unix time).
 *
 * <p>A packet's way: {@link #received} → data: session by peer id → decrypt → {@link
 * ServerHost#tunnelPacket}; control: {@link ServerNegotiator} by address and session id, or {@link
 * InitialPackets}.
 */
public final class ServerEndpoint {
  /** Bytes of record memory per session. */
  public static final long RECORD_BYTES = (long) DataKeyRing.SLOTS * DataKey.RECORD_BYTES;

  /** Longest control packet worth looking at: the reference's buffer and a WKc. */
  private static final int MAX_CONTROL_BYTES = 3072;

  private static final int SMALLEST_CONTROL_BYTES = 9;
  private static final int PING_ROOM = 64;
  private static final int KEY_ID_MASK = 7;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

  private record ControlAddress(LinkPath path, SessionId remote) {}

  private final Admission admission;
  private final ServerHost host;
  private final MemorySegment records;
  private final SecureRandom random;
  private final InitialPackets initial;
  private final Deadlines deadlines = new Deadlines();
  private final Map<ControlAddress, ServerNegotiator> negotiators = new HashMap<>();
  private final Map<LinkPath, ServerNegotiator> openByPath = new HashMap<>();
  private final Map<String, ServerNegotiator> openByClient = new LinkedHashMap<>();
  private final @Nullable ServerNegotiator[] openByPeerId;
  private final boolean[] peerIdTaken;
  private final MemorySegment scratch = MemorySegment.ofArray(new byte[PING_ROOM]);
  private ServerConfig config;
  private boolean accepting = true;
  private int halfOpen;
  private int stateful;
  private int lowestMaybeFree;

  /**
   * @param records at least {@code config.limits().maxSessions() * RECORD_BYTES} bytes, zeroed; the
   *     hot state of the data channels lives there
   */
  public ServerEndpoint(
      ServerConfig config,
      Admission admission,
      ServerHost host,
      MemorySegment records,
      SecureRandom random) {
    int sessions = config.limits().maxSessions();
    if (records.byteSize() < sessions * RECORD_BYTES) {
      throw new IllegalArgumentException(
          "record memory of "
              + records.byteSize()
              + " bytes is too small for "
              + sessions
              + " sessions");
    }
    this.config = config;
    this.admission = admission;
    this.host = host;
    this.records = records;
    this.random = random;
    this.openByPeerId = new @Nullable ServerNegotiator[sessions];
    this.peerIdTaken = new boolean[sessions];
    this.initial =
        new InitialPackets(
            this, new HardResetCookie(randomBytes(32), (config.handWindowNanos() + 1) / 2));
  }

  /** A packet came in; the buffer may be changed (data packets are decrypted in place). */
  public void received(
      LinkPath from,
      MemorySegment packet,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    if (length < 1) {
      host.dropped(DropReason.TOO_SHORT);
      return;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    Opcode opcode = Opcode.ofFirstByte(first);
    DropReason dropped;
    if (opcode == Opcode.DATA_V2 || opcode == Opcode.DATA_V1) {
      dropped = data(opcode, from, packet, offset, length, bootNanos);
    } else if (opcode == null) {
      dropped = DropReason.UNKNOWN_OPCODE;
    } else {
      dropped = control(opcode, from, packet, offset, length, bootNanos, wallSeconds);
    }
    if (dropped != null) {
      host.dropped(dropped);
    }
  }

  private @Nullable DropReason data(
      Opcode opcode, LinkPath from, MemorySegment packet, long offset, int length, long bootNanos) {
    boolean v2 = opcode == Opcode.DATA_V2;
    if (length < DataKey.overhead(v2)) {
      return DropReason.TOO_SHORT;
    }
    ServerNegotiator negotiator;
    int header = 0;
    if (v2) {
      header = packet.get(INT, offset);
      int peerId = header & 0xffffff;
      negotiator =
          peerId < openByPeerId.length
              ? openByPeerId[peerId]
              : peerId == 0xffffff ? openByPath.get(from) : null;
    } else {
      negotiator = openByPath.get(from);
    }
    ServerSession session = negotiator == null ? null : negotiator.session;
    if (negotiator == null || session == null) {
      return DropReason.NO_KEY;
    }
    boolean floated = !session.path().equals(from);
    if (floated
        && (from.transport() != Transport.UDP
            || session.path().transport() != Transport.UDP
            || openByPath.containsKey(from))) {
      return DropReason.BAD_FLOAT;
    }
    int keyId = packet.get(ValueLayout.JAVA_BYTE, offset) & KEY_ID_MASK;
    int plain = session.open(packet, offset, length, keyId, bootNanos);
    if (plain < 0) {
      return switch (plain) {
        case DataKey.TOO_SHORT -> DropReason.TOO_SHORT;
        case DataKey.REPLAY -> DropReason.DATA_REPLAY;
        case ServerSession.NO_KEY -> DropReason.NO_KEY;
        default -> DropReason.DECRYPT_FAILED;
      };
    }
    // A zero-length result is no sign that the peer meant to move (CVE-2020-11810).
    if (floated && plain > 0) {
      move(negotiator, session, from);
    }
    long at = offset + DataKey.plaintextOffset(v2);
    if (Ping.isPing(packet, at, plain)) {
      return null;
    }
    if (OccMessage.isOcc(packet, at, plain)) {
      if (OccMessage.op(packet, at) == OccMessage.EXIT) {
        negotiator.vanish(CloseReason.EXIT);
      }
      return null;
    }
    if (plain > 0) {
      host.tunnelPacket(session, packet, at, plain);
    }
    return null;
  }

  private void move(ServerNegotiator negotiator, ServerSession session, LinkPath to) {
    LinkPath previous = session.path();
    openByPath.remove(previous);
    negotiators.remove(new ControlAddress(previous, negotiator.channel.remote()));
    negotiator.path = to;
    session.path(to);
    openByPath.put(to, negotiator);
    negotiators.put(new ControlAddress(to, negotiator.channel.remote()), negotiator);
    host.moved(session, previous);
  }

  private @Nullable DropReason control(
      Opcode opcode,
      LinkPath from,
      MemorySegment segment,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    if (length < SMALLEST_CONTROL_BYTES) {
      return DropReason.TOO_SHORT;
    }
    if (length > MAX_CONTROL_BYTES) {
      return DropReason.MALFORMED;
    }
    byte[] packet = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    SessionId remote =
        new SessionId(
            ((long) segment.get(INT, offset + 1) << 32)
                | Integer.toUnsignedLong(segment.get(INT, offset + 5)));
    ServerNegotiator negotiator = negotiators.get(new ControlAddress(from, remote));
    if (negotiator == null) {
      DropReason dropped = initial.received(opcode, from, packet, bootNanos, wallSeconds);
      if (dropped != null && from.transport() == Transport.TCP && !openByPath.containsKey(from)) {
        host.hangUp(from);
      }
      return dropped;
    }
    int end = length;
    if (opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3 || opcode == Opcode.CONTROL_WKC_V1) {
      // The key is set once per session; a second WKc is only stripped (CVE-2025-2704).
      int wkc = WrappedClientKey.lengthAtEnd(packet, length);
      if (wkc < 0) {
        return DropReason.WRAP_FAILED;
      }
      end -= wkc;
    }
    var unwrapped = negotiator.channel.unwrap(packet, end);
    if (unwrapped == null) {
      return DropReason.WRAP_FAILED;
    }
    DropReason dropped = negotiator.channel.receive(opcode, unwrapped, bootNanos, wallSeconds);
    ServerSession session = negotiator.session;
    if (dropped == null && session != null) {
      session.alive(bootNanos);
    }
    reschedule(negotiator);
    return dropped;
  }

  /** A task given to {@link ServerHost#submit} has run. */
  public void completed(SlowTask task, long bootNanos, long wallSeconds) {
    if (task instanceof TlsTask tls && tls.channel.owner() instanceof ServerNegotiator negotiator) {
      tls.channel.completed(tls, bootNanos, wallSeconds);
      reschedule(negotiator);
    }
  }

  /** A TCP connection ended. */
  public void disconnected(LinkPath path, long bootNanos, long wallSeconds) {
    for (ServerNegotiator negotiator : List.copyOf(negotiators.values())) {
      if (negotiator.path.equals(path)) {
        negotiator.vanish(CloseReason.DISCONNECTED);
      }
    }
  }

  /** The time of {@link #nextDeadline} has come; calling it early or late does no harm. */
  public void timeout(long bootNanos, long wallSeconds) {
    ServerNegotiator negotiator;
    while ((negotiator = deadlines.due(bootNanos)) != null) {
      negotiator.timeout(bootNanos, wallSeconds);
      reschedule(negotiator);
    }
  }

  /** When {@link #timeout} wants to be called, boot nanoseconds; Long.MAX_VALUE = never. */
  public long nextDeadline() {
    return deadlines.next();
  }

  /** Session in DATA_V2 numbering, or null. */
  public @Nullable ServerSession session(int peerId) {
    ServerNegotiator negotiator =
        peerId >= 0 && peerId < openByPeerId.length ? openByPeerId[peerId] : null;
    return negotiator == null ? null : negotiator.session;
  }

  /** Open sessions, for reports. */
  public Collection<ServerSession> sessions() {
    List<ServerSession> open = new ArrayList<>(openByClient.size());
    for (ServerNegotiator negotiator : openByClient.values()) {
      if (negotiator.session != null) {
        open.add(negotiator.session);
      }
    }
    return open;
  }

  /** Sessions whose first negotiation is not finished. */
  public int halfOpenSessions() {
    return halfOpen;
  }

  /**
   * Takes a client's access away: keys dropped at once, {@code AUTH_FAILED,reason} on the live
   * session.
   */
  public void cutOff(String clientId, String reason, long bootNanos, long wallSeconds) {
    for (ServerNegotiator negotiator : List.copyOf(negotiators.values())) {
      ServerSession open = negotiator.session;
      if (negotiator.isOpeningFor(clientId) || (open != null && open.clientId().equals(clientId))) {
        negotiator.end(CloseReason.CUT_OFF, reason, bootNanos, wallSeconds);
        reschedule(negotiator);
      }
    }
  }

  /**
   * From now on new handshakes use this configuration (renewed certificate, rotated CA or wrap
   * keys, limits). The number of sessions can't grow beyond the record memory.
   */
  public void reconfigure(ServerConfig changed) {
    if (changed.limits().maxSessions() != config.limits().maxSessions()) {
      throw new IllegalArgumentException("maxSessions can't change while the endpoint lives");
    }
    config = changed;
    initial.reconfigured();
  }

  /** Refuses new sessions from now on (drain), or accepts them again. Existing ones go on. */
  public void acceptNewSessions(boolean accept) {
    accepting = accept;
  }

  /** Tells every client {@code RESTART,[NP]} and closes its session. */
  public void shutdown(long bootNanos, long wallSeconds) {
    accepting = false;
    for (ServerNegotiator negotiator : List.copyOf(openByClient.values())) {
      negotiator.end(CloseReason.SHUTDOWN, null, bootNanos, wallSeconds);
      if (negotiator.channel.primary().phase == KeyState.Phase.ACTIVE) {
        negotiator.say(new TextMessage.Restart("[NP]"), bootNanos, wallSeconds);
      }
      reschedule(negotiator);
    }
  }

  // What follows is for the negotiators and initial packets of this endpoint.

  ServerConfig config() {
    return config;
  }

  Admission admission() {
    return admission;
  }

  boolean acceptsNewSessions() {
    return accepting;
  }

  boolean mayOpen() {
    return halfOpen < config.limits().maxHalfOpen();
  }

  boolean mayOpenStateful(LinkPath from) {
    return mayOpen()
        && (from.transport() == Transport.TCP || stateful < config.limits().maxStateful());
  }

  byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  long randomBelow(long bound) {
    return random.nextLong(bound);
  }

  SessionId randomSessionId() {
    return SessionId.random(random);
  }

  void transmit(LinkPath to, byte[] packet) {
    host.transmit(to, MemorySegment.ofArray(packet), 0, packet.length);
  }

  void submit(SlowTask task) {
    host.submit(task);
  }

  void dropped(DropReason reason) {
    host.dropped(reason);
  }

  void add(ServerNegotiator negotiator) {
    halfOpen++;
    if (negotiator.stateful && negotiator.path.transport() == Transport.UDP) {
      stateful++;
    }
    negotiators.put(new ControlAddress(negotiator.path, negotiator.channel.remote()), negotiator);
  }

  /** Called when a negotiator stops being half-open; harmless where it wasn't. */
  void leftHalfOpen(ServerNegotiator negotiator) {
    if (negotiator.state == ServerNegotiator.State.HALF_OPEN) {
      halfOpen--;
      if (negotiator.stateful && negotiator.path.transport() == Transport.UDP) {
        stateful--;
      }
    }
  }

  void negotiationFailed(ServerNegotiator negotiator, String why) {
    host.negotiationFailed(negotiator.path, why);
  }

  void open(ServerNegotiator negotiator, ServerSession session, long bootNanos, long wallSeconds) {
    ServerNegotiator before = openByClient.get(session.clientId());
    if (before != null) {
      before.end(CloseReason.REPLACED, null, bootNanos, wallSeconds);
    }
    openByClient.put(session.clientId(), negotiator);
    openByPeerId[session.peerId()] = negotiator;
    openByPath.put(session.path(), negotiator);
    host.opened(session);
  }

  void closed(ServerNegotiator negotiator, ServerSession session, CloseReason reason) {
    openByClient.remove(session.clientId(), negotiator);
    openByPath.remove(session.path(), negotiator);
    openByPeerId[session.peerId()] = null;
    host.closed(session, reason);
  }

  void remove(ServerNegotiator negotiator) {
    negotiators.remove(
        new ControlAddress(negotiator.path, negotiator.channel.remote()), negotiator);
    if (negotiator.path.transport() == Transport.TCP) {
      host.hangUp(negotiator.path);
    }
  }

  /**
   * A free peer id, -1 if there is none. A client that is connected already gives its own up first,
   * so that a full server still takes its clients back.
   */
  int takePeerId(String clientId) {
    for (int id = lowestMaybeFree; id < peerIdTaken.length; id++) {
      if (!peerIdTaken[id]) {
        peerIdTaken[id] = true;
        lowestMaybeFree = id + 1;
        return id;
      }
    }
    lowestMaybeFree = peerIdTaken.length;
    ServerNegotiator before = openByClient.get(clientId);
    if (before != null) {
      before.vanish(CloseReason.REPLACED);
      return lowestMaybeFree < peerIdTaken.length ? takePeerId(clientId) : -1;
    }
    return -1;
  }

  void releasePeerId(int peerId) {
    peerIdTaken[peerId] = false;
    lowestMaybeFree = Math.min(lowestMaybeFree, peerId);
  }

  DataKeyRing ring(int peerId) {
    return new DataKeyRing(records, peerId * RECORD_BYTES);
  }

  void ping(ServerSession session, long bootNanos) {
    MemorySegment ping = Ping.payload();
    int length = session.seal(ping, 0, (int) ping.byteSize(), scratch, 0, bootNanos);
    if (length > 0) {
      host.transmit(session.path(), scratch, 0, length);
    }
  }

  void reschedule(ServerNegotiator negotiator) {
    if (negotiator.state != ServerNegotiator.State.GONE) {
      deadlines.schedule(negotiator);
    }
  }
}
