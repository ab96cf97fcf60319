package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.PushReplySplit;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.StaticWrap;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one client's control channel, from the first packet to the last: {@link
 * ServerKeyExchange}, PUSH_REPLY, renegotiations, and the goodbye.
 *
 * <pre>
 *   HALF_OPEN ──admitted, keys made, PUSH_REPLY──▶ OPEN ──EXIT, cut off──▶ LINGERING ──5 s──▶ GONE
 *       └─refused: AUTH_FAILED──────────────────────────────────────────────▶┘
 * </pre>
 */
final class ServerNegotiator implements ControlChannel.Owner {
  /** How long a finished session still acknowledges and retransmits (digest 7.6). */
  static final long LINGER_NANOS = 5_000_000_000L;

  /** A client may start one renegotiation in this time: each costs a TLS handshake. */
  static final long RENEGOTIATION_PAUSE_NANOS = 1_000_000_000L;

  /** Pings leave at multiples of this: 10,000 idle clients wake the thread 20 times a second. */
  private static final long PING_GRID_NANOS = 50_000_000L;

  enum State {
    HALF_OPEN,
    OPEN,
    LINGERING,
    GONE
  }

  final ServerEndpoint endpoint;
  final ControlChannel channel;

  /** Made without a cookie; counts against its own limit. */
  final boolean stateful;

  State state = State.HALF_OPEN;
  LinkPath path;
  @Nullable ServerSession session;

  /** When the endpoint will call {@link #timeout}; {@link Deadlines}' to write. */
  Deadlines.@Nullable Entry scheduled;

  /**
   * Metadata of the wrapped client key: whose this is, as far as is known before TLS. Null under a
   * key that all clients share, which says nothing of who comes and has a limit of its own.
   */
  final @Nullable ByteBuffer claimant;

  private final ServerConfig config;
  private final ServerKeyExchange keyExchange;
  private final SessionKeeper keeper;

  /** Until the client of a session that was restored has followed into a new TLS session. */
  private @Nullable Recovery recovery;

  private boolean pushRequested;
  private @Nullable PushedOptions options;
  private long renegotiateAt = Long.MAX_VALUE;
  private long goneAt = Long.MAX_VALUE;
  private long peerMayRenegotiateAt = Long.MIN_VALUE;
  private long nextTokenAt = Long.MAX_VALUE;

  ServerNegotiator(
      ServerEndpoint endpoint,
      LinkPath path,
      SessionId own,
      SessionId remote,
      ControlWrap wrap,
      ReplaySender replaySender,
      byte @Nullable [] metadata,
      StaticWrap how,
      boolean stateful,
      long bootNanos) {
    this.endpoint = endpoint;
    this.config = endpoint.config();
    this.path = path;
    this.keyExchange =
        new ServerKeyExchange(
            endpoint, this, config, metadata, config.wraps().renewed() ? how.key().copy() : null);
    this.keeper = new SessionKeeper(endpoint.store(), path, how);
    this.claimant = metadata == null ? null : ByteBuffer.wrap(metadata).asReadOnlyBuffer();
    this.stateful = stateful;
    // After a cookie handshake both resets are done with: ids go on at 1 (digest 2.6 step 4).
    this.channel =
        new ControlChannel(
            this,
            own,
            remote,
            wrap,
            replaySender,
            stateful ? 0 : 1,
            config.handWindowNanos(),
            bootNanos);
  }

  /** One that an earlier process has left, with all its keys; {@link #resume} brings it to life. */
  ServerNegotiator(
      ServerEndpoint endpoint,
      SavedSession saved,
      ControlProtection protection,
      AdmittedClient client,
      DataKeyRing ring) {
    SessionRecord record = ring.record();
    byte[] metadata = client.identity().metadata();
    this.endpoint = endpoint;
    this.config = endpoint.config();
    this.path = record.path();
    this.claimant = metadata == null ? null : ByteBuffer.wrap(metadata).asReadOnlyBuffer();
    this.stateful = false;
    this.state = State.OPEN;
    this.keyExchange = new ServerKeyExchange(endpoint, this, config, metadata, null);
    this.keyExchange.resume(client, ring);
    this.keeper = new SessionKeeper(record, saved);
    this.channel =
        new ControlChannel(
            this,
            saved.own(),
            saved.remote(),
            protection,
            record.finished(),
            config.handWindowNanos());
  }

  /**
   * Opens the session of an earlier process again.
   *
   * @param push what the client should have been told by now
   * @param resetAt when to begin its new TLS session
   */
  void resume(SavedSession saved, List<String> push, long resetAt, long bootNanos) {
    AdmittedClient client = Objects.requireNonNull(keyExchange.client());
    DataKeyRing ring = Objects.requireNonNull(keyExchange.keys());
    ServerSession opened =
        new ServerSession(client, ring, path, bootNanos, saved.sinceWallSeconds());
    recovery = new Recovery(this, ring, client.isOpenVpn3(), resetAt);
    if (ring.record().stage() == SessionRecord.ESTABLISHED) {
      opened.established();
    }
    session = opened;
    options = new PushedOptions(client.info(), saved.admitted().push());
    options.want(push);
    endpoint.open(this, opened, bootNanos, endpoint.store().latestSeconds());
    endpoint.reschedule(this);
  }

  /** Ends a handshake of an earlier process, so that the client begins again at once. */
  void giveUp(long bootNanos) {
    DataKeyRing ring = Objects.requireNonNull(keyExchange.keys());
    recovery = new Recovery(this, ring, true, bootNanos);
    closeData(CloseReason.NEGOTIATION_FAILED);
    linger(bootNanos);
    endpoint.reschedule(this);
  }

  /** A control packet of the newest negotiation was used. */
  void heard() {
    ServerSession open = session;
    if (recovery != null) {
      recovery.heard();
    } else if (open != null && !open.isEstablished() && channel.primary().isQuiet()) {
      open.established();
    }
  }

  /** The client follows the negotiation that was attempted; key {@code finished} is the last. */
  void recovered(int finished, int negotiating) {
    recovery = null;
    keeper.keyIds(finished, negotiating);
  }

  /** From now on as if nothing had happened: a new negotiation follows in a while. */
  void recoveryEnded(long bootNanos) {
    recovery = null;
    if (state == State.OPEN && !channel.primary().isNegotiating()) {
      renegotiateAt = bootNanos + config.handWindowNanos();
    }
  }

  /** Sends with the newest key, if the client is one that has it by now. */
  void sendWithNewest() {
    keyExchange.sendWithNewest();
  }

  private void keep(long bootNanos) {
    AdmittedClient client = keyExchange.client();
    DataKeyRing ring = keyExchange.keys();
    PushedOptions told = options;
    if (client != null && ring != null) {
      keeper.save(
          channel,
          client,
          ring,
          told == null ? client.admitted().push() : told.told(),
          client.exportsKeys(config),
          bootNanos);
    }
  }

  @Override
  public void transmit(byte[] packet) {
    endpoint.transmit(path, packet);
  }

  @Override
  public void submit(SlowTask task) {
    endpoint.submit(task);
  }

  @Override
  public TlsEngineFactory engines() {
    return endpoint.config().tls();
  }

  @Override
  public boolean isIpv4() {
    return path.isIpv4();
  }

  @Override
  public boolean mayRenegotiate() {
    Recovery running = recovery;
    return state == State.OPEN
        && (!channel.primary().isNegotiating() || (running != null && running.isInDoubt()));
  }

  @Override
  public boolean peerMayRenegotiate(long bootNanos) {
    if (bootNanos < peerMayRenegotiateAt) {
      return false;
    }
    peerMayRenegotiateAt = bootNanos + RENEGOTIATION_PAUSE_NANOS;
    return true;
  }

  @Override
  public void renegotiating(KeyState key, long bootNanos) {
    // 2.x has one lame duck: what is still sent on an older key than the last would be lost.
    keyExchange.sendWithNewest();
    renegotiateAt = Long.MAX_VALUE;
    recovery = null;
    keeper.negotiating(key.keyId);
  }

  @Override
  public void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds) {
    if (record.length > config.limits().maxControlMessage()) {
      channel.fail(key, "control message of " + record.length + " bytes", bootNanos);
    } else if (!key.keyMethodReceived) {
      key.keyMethodReceived = true;
      try {
        keyExchange.received(
            key, ClientKeyMethod2.parse(record), path, channel, bootNanos, wallSeconds);
      } catch (MalformedMessageException e) {
        channel.fail(key, "malformed key method 2 message", bootNanos);
      } finally {
        Arrays.fill(record, (byte) 0);
      }
    } else {
      for (TextMessage message : TextMessage.parse(record)) {
        text(message, bootNanos, wallSeconds);
      }
    }
  }

  /** The password of a key exchange that waits is checked. */
  void authenticated(AuthenticationTask asked, long bootNanos, long wallSeconds) {
    boolean waits = state == State.HALF_OPEN || state == State.OPEN;
    if (waits && asked.key == channel.primary() && asked.key.phase == KeyState.Phase.NEGOTIATING) {
      keyExchange.authenticated(asked, path, channel, bootNanos, wallSeconds);
      channel.progress(bootNanos, wallSeconds);
    } else {
      asked.message.wipe();
    }
  }

  private void text(TextMessage message, long bootNanos, long wallSeconds) {
    switch (message) {
      case TextMessage.PushRequest _ -> {
        pushRequested = true;
        if (state == State.HALF_OPEN
            && channel.primary().phase == KeyState.Phase.ACTIVE
            && channel.primary().refusal == null) {
          open(bootNanos, wallSeconds);
        }
      }
      case TextMessage.Exit _ -> end(CloseReason.EXIT, null, bootNanos, wallSeconds);
      default -> {
        // Nothing else that a client says asks for an answer.
      }
    }
  }

  @Override
  public void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos) {
    keyExchange.derived(key, dataKey, bootNanos);
    if (dataKey != null) {
      // Before the message leaves by which the client makes the key, too.
      keep(bootNanos);
    }
  }

  @Override
  public void active(KeyState key, long bootNanos, long wallSeconds) {
    String refusal = key.refusal;
    if (refusal != null) {
      end(CloseReason.CUT_OFF, new TextMessage.AuthFailed(refusal), bootNanos, wallSeconds);
      return;
    }
    keeper.keyIds(key.keyId, -1);
    long age = config.renegotiationNanos();
    renegotiateAt = bootNanos + age - endpoint.random().nextLong(age / 10 + 1);
    if (state == State.HALF_OPEN) {
      AdmittedClient client = keyExchange.client();
      if (pushRequested || (client != null && client.info().supports(IvProto.REQUEST_PUSH))) {
        open(bootNanos, wallSeconds);
      }
    } else {
      // The client has our key method message, so it can decrypt (tried: no packet lost).
      keyExchange.sendWithNewest();
      sayToken(bootNanos, wallSeconds);
      sayUpdates(bootNanos, wallSeconds);
    }
  }

  private void open(long bootNanos, long wallSeconds) {
    AdmittedClient client = keyExchange.client();
    DataKeyRing ring = keyExchange.keys();
    if (client == null || ring == null || ring.newest() == null) {
      return;
    }
    ServerSession opened = new ServerSession(client, ring, path, bootNanos, wallSeconds);
    session = opened;
    endpoint.halfOpen().ended(this);
    state = State.OPEN;
    endpoint.open(this, opened, bootNanos, wallSeconds);
    String token = nextToken(bootNanos, wallSeconds);
    for (byte[] part : PushReplySplit.split(client.pushOptions(config, token))) {
      channel.primary().write(part);
    }
    options = new PushedOptions(client.info(), client.admitted().push());
    keeper.opened();
    endpoint.reschedule(this);
  }

  /** The token that stands for the client's password from now on; null if it has given none. */
  private @Nullable String nextToken(long bootNanos, long wallSeconds) {
    nextTokenAt = Long.MAX_VALUE;
    AdmittedClient client = keyExchange.client();
    PasswordPolicy policy = endpoint.admission().passwords();
    if (policy == null || client == null || client.login() == null) {
      return null;
    }
    nextTokenAt = bootNanos + policy.tokens().renewalSeconds() * 1_000_000_000L;
    return policy.tokens().issue(client.login(), wallSeconds);
  }

  /** Renews the client's token by a small PUSH_REPLY (digest 6.9). */
  private void sayToken(long bootNanos, long wallSeconds) {
    String token = nextToken(bootNanos, wallSeconds);
    if (token != null) {
      say(new TextMessage.PushReply(List.of("auth-token " + token)), bootNanos, wallSeconds);
    }
  }

  /** Brings the options of a client that is connected up to date, if it takes that. */
  void updateOptions(List<String> push, long bootNanos, long wallSeconds) {
    PushedOptions told = options;
    if (told != null) {
      told.want(push);
      sayUpdates(bootNanos, wallSeconds);
    }
  }

  private void sayUpdates(long bootNanos, long wallSeconds) {
    PushedOptions told = options;
    // In a renegotiation they wait for its end.
    if (told != null && state == State.OPEN && channel.primary().phase == KeyState.Phase.ACTIVE) {
      List<byte[]> updates = told.updates();
      // All sessions are asked at each change of the roster; mostly there is nothing to say.
      if (!updates.isEmpty()) {
        updates.forEach(channel.primary()::write);
        keep(bootNanos);
        channel.progress(bootNanos, wallSeconds);
      }
    }
  }

  @Override
  public void failed(KeyState key, String why, long bootNanos) {
    endpoint.negotiationFailed(this, why);
    if (state == State.HALF_OPEN) {
      linger(bootNanos);
    } else if (state == State.OPEN) {
      // The old keys carry on; try again while they do.
      renegotiateAt = bootNanos + config.handWindowNanos();
    }
  }

  /**
   * Ends the session: data keys are wiped at once, the farewell is said if TLS is there to say it,
   * the control channel lingers.
   */
  void end(CloseReason reason, @Nullable TextMessage farewell, long bootNanos, long wallSeconds) {
    if (state == State.LINGERING || state == State.GONE) {
      return;
    }
    closeData(reason);
    linger(bootNanos);
    KeyState.Phase phase = channel.primary().phase;
    boolean canSay = phase == KeyState.Phase.ACTIVE || phase == KeyState.Phase.KEYED;
    if (farewell != null && canSay) {
      say(farewell, bootNanos, wallSeconds);
    }
    channel.lastWords();
  }

  /** Whether this negotiation, not open yet, was admitted for the client. */
  boolean isOpeningFor(String clientId) {
    AdmittedClient client = keyExchange.client();
    return state == State.HALF_OPEN
        && client != null
        && client.admitted().clientId().equals(clientId);
  }

  /** Queues a text message on the newest TLS session. */
  void say(TextMessage message, long bootNanos, long wallSeconds) {
    channel.primary().write(message.encode());
    channel.progress(bootNanos, wallSeconds);
  }

  private void closeData(CloseReason reason) {
    ServerSession open = session;
    session = null;
    keeper.close();
    channel.protection().keepNoMore();
    keyExchange.close();
    if (open != null) {
      endpoint.closed(this, open, reason);
    }
  }

  private void linger(long bootNanos) {
    if (state != State.LINGERING) {
      if (!endpoint.halfOpen().mayLinger(config.limits())) {
        vanish(CloseReason.NEGOTIATION_FAILED);
        return;
      }
      endpoint.halfOpen().ended(this);
      endpoint.halfOpen().lingers();
      state = State.LINGERING;
      // Set once: messages that come now don't extend it (CVE-2024-28882).
      goneAt = bootNanos + LINGER_NANOS;
      endpoint.reschedule(this);
    }
  }

  /** Ends it here and now, without a word. */
  void vanish(CloseReason reason) {
    if (state == State.GONE) {
      return;
    }
    closeData(reason);
    endpoint.halfOpen().ended(this);
    state = State.GONE;
    channel.close();
    endpoint.remove(this);
  }

  long nextDeadline() {
    long next = Math.min(channel.nextDeadline(), goneAt);
    if (state == State.HALF_OPEN) {
      next = Math.min(next, channel.primary().deadline);
    }
    if (recovery != null) {
      next = Math.min(next, recovery.at());
    }
    ServerSession open = session;
    if (open != null) {
      next = Math.min(next, renegotiateAt);
      next = Math.min(next, nextTokenAt);
      next = Math.min(next, open.lastReceivedNanos() + 2 * config.pingTimeoutNanos());
      next = Math.min(next, together(open.lastSentNanos() + config.pingIntervalNanos()));
    }
    return next;
  }

  /** The same moment for pings that are due shortly after one another: one wake-up sends them. */
  private static long together(long pingAt) {
    return Math.ceilDiv(pingAt, PING_GRID_NANOS) * PING_GRID_NANOS;
  }

  void timeout(long bootNanos, long wallSeconds) {
    if (bootNanos >= goneAt) {
      vanish(CloseReason.NEGOTIATION_FAILED);
      return;
    }
    ServerSession open = session;
    if (open != null) {
      if (bootNanos >= open.lastReceivedNanos() + 2 * config.pingTimeoutNanos()) {
        vanish(CloseReason.PING_TIMEOUT);
        return;
      }
      open.keys().expire(bootNanos);
      DataKey newest = open.keys().newest();
      if (newest == null) {
        vanish(CloseReason.NEGOTIATION_FAILED);
        return;
      }
      if (bootNanos >= open.lastSentNanos() + config.pingIntervalNanos()) {
        endpoint.ping(open, bootNanos);
        // Idle, so perhaps for an hour.
        channel.protection().rest();
      }
      if (bootNanos >= nextTokenAt) {
        nextTokenAt = Long.MAX_VALUE;
        // In a renegotiation, or after a failed one, it comes with the end of the next.
        if (channel.primary().phase == KeyState.Phase.ACTIVE) {
          sayToken(bootNanos, wallSeconds);
        }
      }
      if ((bootNanos >= renegotiateAt || newest.needsRenegotiation())
          && recovery == null
          && mayRenegotiate()) {
        if (keyExchange.mayRenew()) {
          channel.softReset(bootNanos, wallSeconds);
        } else {
          renegotiateAt = bootNanos + RENEGOTIATION_PAUSE_NANOS;
        }
      }
    }
    if (recovery != null) {
      recovery.timeout(bootNanos, wallSeconds);
    }
    channel.timeout(bootNanos, wallSeconds);
    if (state == State.HALF_OPEN && bootNanos >= channel.primary().deadline) {
      // Through with TLS and admitted, it never asked for its options (found by fuzzing).
      endpoint.negotiationFailed(this, "no PUSH_REQUEST within the hand window");
      end(CloseReason.NEGOTIATION_FAILED, null, bootNanos, wallSeconds);
    }
  }
}
