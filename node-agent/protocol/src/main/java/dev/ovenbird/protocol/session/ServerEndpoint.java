package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server role for one instance: all its sessions, without I/O, threads or clock. Confined to
 * one thread. Every call carries {@code bootNanos} (CLOCK_BOOTTIME; monotonic) and, where replay
 * ids or certificates matter, {@code wallSeconds} (Unix time).
 *
 * <p>A packet's way: {@link #received} → data: {@link DataPackets} → {@link
 * ServerHost#tunnelPacket}; control: {@link ControlPackets} → {@link ServerNegotiator}, or {@link
 * InitialPackets}. {@link LinkDemultiplexer} finds whose it is.
 */
public final class ServerEndpoint {
  /** Bytes of record memory per session. */
  public static final long RECORD_BYTES = (long) DataKeyRing.SLOTS * DataKey.RECORD_BYTES;

  private final Admission admission;
  private final ServerHost host;
  private final SessionStore store;
  private final SecureRandom random;
  private final InitialPackets initial;
  private final Deadlines deadlines = new Deadlines();
  private final LinkDemultiplexer demultiplexer;
  private final DataPackets dataPackets;
  private final ControlPackets controlPackets;
  private final PeerIds peerIds;
  private final HalfOpenSessions halfOpen = new HalfOpenSessions();
  private final PendingLogins logins = new PendingLogins();
  private ServerConfig config;
  private boolean accepting = true;

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
    this(config, admission, host, SessionStore.unkept(records), random);
  }

  /**
   * One whose sessions can outlive the process: {@link #restore} before the first packet.
   *
   * @param store over memory for at least {@code config.limits().maxSessions()} sessions
   */
  public ServerEndpoint(
      ServerConfig config,
      Admission admission,
      ServerHost host,
      SessionStore store,
      SecureRandom random) {
    int sessions = config.limits().maxSessions();
    if (store.sessions() < sessions) {
      throw new IllegalArgumentException(
          "record memory for "
              + store.sessions()
              + " sessions is too small for "
              + sessions
              + " sessions");
    }
    this.config = config;
    this.admission = admission;
    this.host = host;
    this.store = store;
    this.random = random;
    this.demultiplexer = new LinkDemultiplexer(sessions);
    this.dataPackets = new DataPackets(demultiplexer, host);
    this.peerIds = new PeerIds(sessions);
    this.initial =
        new InitialPackets(
            this,
            new HardResetCookie(store.cookieSecret(random), (config.handWindowNanos() + 1) / 2));
    this.controlPackets = new ControlPackets(this, demultiplexer, initial, host);
  }

  /**
   * Brings back the sessions that an earlier endpoint over the same memory has left: their data
   * flows at once; a new TLS session follows by a soft reset, one client after the other. Clients
   * that the admission does not take any more, or not with the same addresses, are not brought
   * back.
   *
   * @param pauseNanos between two clients' soft resets: each costs a TLS handshake
   */
  public Restored restore(long pauseNanos, long bootNanos, long wallSeconds) {
    store.replaySeconds(wallSeconds);
    return new SessionRestore(this, store, host).restore(pauseNanos, bootNanos);
  }

  /** A packet came in; the buffer may be changed (data packets are decrypted in place). */
  public void received(
      LinkPath from,
      MemorySegment packet,
      long offset,
      int length,
      long bootNanos,
      long clockSeconds) {
    long wallSeconds = store.replaySeconds(clockSeconds);
    if (length < 1) {
      host.dropped(DropReason.TOO_SHORT);
      return;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    Opcode opcode = Opcode.ofFirstByte(first);
    DropReason dropped;
    if (opcode == Opcode.DATA_V2 || opcode == Opcode.DATA_V1) {
      dropped = dataPackets.received(opcode, from, packet, offset, length, bootNanos, wallSeconds);
    } else if (opcode == null) {
      dropped = DropReason.UNKNOWN_OPCODE;
    } else {
      dropped =
          controlPackets.received(opcode, from, packet, offset, length, bootNanos, wallSeconds);
    }
    if (dropped != null) {
      host.dropped(dropped);
    }
  }

  /** A task given to {@link ServerHost#submit} has run. */
  public void completed(SlowTask task, long bootNanos, long clockSeconds) {
    long wallSeconds = store.replaySeconds(clockSeconds);
    if (task instanceof TlsTask tls && tls.channel.owner() instanceof ServerNegotiator negotiator) {
      tls.channel.completed(tls, bootNanos, wallSeconds);
      reschedule(negotiator);
    } else if (task instanceof AuthenticationTask asked) {
      logins.ended(asked.attempt.clientId());
      asked.negotiator.authenticated(asked, bootNanos, wallSeconds);
      reschedule(asked.negotiator);
    }
  }

  boolean isBehind(LinkPath path) {
    return host.isBehind(path);
  }

  /** A TCP connection ended. */
  public void disconnected(LinkPath path, long bootNanos, long wallSeconds) {
    for (ServerNegotiator negotiator : demultiplexer.negotiators()) {
      if (negotiator.path.equals(path)) {
        negotiator.vanish(CloseReason.DISCONNECTED);
      }
    }
  }

  /** The time of {@link #nextDeadline} has come; calling it early or late does no harm. */
  public void timeout(long bootNanos, long clockSeconds) {
    long wallSeconds = store.replaySeconds(clockSeconds);
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
    return demultiplexer.session(peerId);
  }

  /** Open sessions, for reports. */
  public Collection<ServerSession> sessions() {
    return demultiplexer.sessions();
  }

  /** Sessions whose first negotiation is not finished. */
  public int halfOpenSessions() {
    return halfOpen.count();
  }

  /**
   * Takes a client's access away: keys dropped at once, {@code AUTH_FAILED,reason} on the live
   * session.
   */
  public void cutOff(String clientId, String reason, long bootNanos, long wallSeconds) {
    for (ServerNegotiator negotiator : demultiplexer.negotiators()) {
      ServerSession open = negotiator.session;
      if (negotiator.isOpeningFor(clientId) || (open != null && open.clientId().equals(clientId))) {
        negotiator.end(
            CloseReason.CUT_OFF, new TextMessage.AuthFailed(reason), bootNanos, wallSeconds);
        reschedule(negotiator);
      }
    }
  }

  /** The session's client is at another instance by now: it ends here without a word. */
  public void leaveToAnother(ServerSession session, long bootNanos, long wallSeconds) {
    ServerNegotiator negotiator = demultiplexer.openOf(session.clientId());
    if (negotiator != null && negotiator.session == session) {
      negotiator.end(CloseReason.ELSEWHERE, null, bootNanos, wallSeconds);
      reschedule(negotiator);
    }
  }

  /**
   * Changes what a connected client was pushed, if it takes that while connected (digest 6.5);
   * others have it at their next connect.
   *
   * @param push as in {@link Admission.Admitted#push}
   */
  public void updateOptions(
      ServerSession session, List<String> push, long bootNanos, long wallSeconds) {
    ServerNegotiator negotiator = demultiplexer.openOf(session.clientId());
    if (negotiator != null && negotiator.session == session) {
      negotiator.updateOptions(push, bootNanos, wallSeconds);
      reschedule(negotiator);
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
    for (ServerNegotiator negotiator : demultiplexer.open()) {
      sendAway(negotiator, bootNanos, wallSeconds);
    }
  }

  /** Tells one client {@code RESTART,[NP]} and closes its session: its next remote is its next. */
  public void sendAway(String clientId, long bootNanos, long wallSeconds) {
    ServerNegotiator negotiator = demultiplexer.openOf(clientId);
    if (negotiator != null) {
      sendAway(negotiator, bootNanos, wallSeconds);
    }
  }

  private void sendAway(ServerNegotiator negotiator, long bootNanos, long wallSeconds) {
    negotiator.end(CloseReason.SHUTDOWN, new TextMessage.Restart("[NP]"), bootNanos, wallSeconds);
    reschedule(negotiator);
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

  HalfOpenSessions halfOpen() {
    return halfOpen;
  }

  PendingLogins logins() {
    return logins;
  }

  SessionStore store() {
    return store;
  }

  /** Takes in a negotiator of an earlier endpoint; its peer id too, if its session goes on. */
  void adopt(ServerNegotiator negotiator, int peerId) {
    if (peerId >= 0) {
      peerIds.take(peerId);
    }
    demultiplexer.add(negotiator);
  }

  SecureRandom random() {
    return random;
  }

  byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
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
    halfOpen.began(negotiator);
    demultiplexer.add(negotiator);
  }

  void negotiationFailed(ServerNegotiator negotiator, String why) {
    host.negotiationFailed(negotiator.path, why);
  }

  void open(ServerNegotiator negotiator, ServerSession session, long bootNanos, long wallSeconds) {
    ServerNegotiator before = demultiplexer.openOf(session.clientId());
    if (before != null) {
      before.end(CloseReason.REPLACED, null, bootNanos, wallSeconds);
    }
    demultiplexer.opened(negotiator, session);
    host.opened(session);
  }

  void closed(ServerNegotiator negotiator, ServerSession session, CloseReason reason) {
    demultiplexer.closed(negotiator, session);
    host.closed(session, reason);
  }

  void remove(ServerNegotiator negotiator) {
    demultiplexer.remove(negotiator);
    deadlines.forget(negotiator);
    if (negotiator.path.transport() == Transport.TCP) {
      host.hangUp(negotiator.path);
    }
  }

  /**
   * A free peer id, -1 if there is none. A client that is connected already gives its own up first,
   * so that a full server still takes its clients back.
   */
  int takePeerId(String clientId) {
    int free = peerIds.take();
    ServerNegotiator before = free < 0 ? demultiplexer.openOf(clientId) : null;
    if (before == null) {
      return free;
    }
    before.vanish(CloseReason.REPLACED);
    return peerIds.take();
  }

  void releasePeerId(int peerId) {
    // A key that was made meanwhile was nobody's any more.
    store.record(peerId).clear();
    peerIds.release(peerId);
  }

  DataKeyRing ring(int peerId) {
    return new DataKeyRing(store.record(peerId));
  }

  void ping(ServerSession session, long bootNanos) {
    dataPackets.ping(session, bootNanos);
  }

  void reschedule(ServerNegotiator negotiator) {
    if (negotiator.state != ServerNegotiator.State.GONE) {
      deadlines.schedule(negotiator);
    }
  }
}
