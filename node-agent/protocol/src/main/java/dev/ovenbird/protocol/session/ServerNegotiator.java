package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.NcpNegotiation;
import dev.ovenbird.protocol.message.OccString;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.message.PushReplySplit;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.ReplaySender;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one client's control channel, from the first packet to the last: key
 * exchange, admission, PUSH_REPLY, renegotiations, and the goodbye.
 *
 * <pre>
 *   HALF_OPEN ──admitted, keys made, PUSH_REPLY──▶ OPEN ──EXIT, cut off──▶ LINGERING ──5 s──▶ GONE
 *       └─refused: AUTH_FAILED──────────────────────────────────────────────▶┘
 * </pre>
 */
final class ServerNegotiator implements ControlChannel.Owner {
  /** How long a finished session still acknowledges and retransmits (digest 7.6). */
  static final long LINGER_NANOS = 5_000_000_000L;

  enum State {
    HALF_OPEN,
    OPEN,
    LINGERING,
    GONE
  }

  final ServerEndpoint endpoint;
  final ControlChannel channel;
  final byte[] metadata;

  /** Made without a cookie; counts against its own limit. */
  final boolean stateful;

  State state = State.HALF_OPEN;
  LinkPath path;
  @Nullable ServerSession session;

  /** When the endpoint will call {@link #timeout}; the endpoint's to write. */
  long scheduledAt = Long.MAX_VALUE;

  private final ServerConfig config;
  private @Nullable DataKeyRing keys;
  private int peerId = -1;
  private Admission.@Nullable Admitted admitted;
  private @Nullable PeerIdentity identity;
  private PeerInfo info = PeerInfo.EMPTY;
  private @Nullable DataCipher cipher;
  private int derivations;
  private boolean releasePeerIdLater;
  private boolean pushRequested;
  private long renegotiateAt = Long.MAX_VALUE;
  private long goneAt = Long.MAX_VALUE;

  ServerNegotiator(
      ServerEndpoint endpoint,
      LinkPath path,
      SessionId own,
      SessionId remote,
      ControlWrap wrap,
      ReplaySender replaySender,
      byte[] metadata,
      boolean stateful,
      long bootNanos) {
    this.endpoint = endpoint;
    this.config = endpoint.config();
    this.path = path;
    this.metadata = metadata;
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
  public void resetPayload(byte[] payload) {
    // A client's hard or soft reset carries nothing.
  }

  @Override
  public boolean mayRenegotiate() {
    KeyState.Phase phase = channel.primary().phase;
    return state == State.OPEN
        && (phase == KeyState.Phase.ACTIVE || phase == KeyState.Phase.FAILED);
  }

  @Override
  public void renegotiating(KeyState key, long bootNanos) {
    // 2.x has one lame duck: what is still sent on an older key than the last would be lost.
    if (keys != null && !isOpenVpn3()) {
      keys.sendWithNewest();
    }
    renegotiateAt = Long.MAX_VALUE;
  }

  private boolean isOpenVpn3() {
    return info.version().startsWith("3.");
  }

  @Override
  public void handshakeComplete(KeyState key, long bootNanos) {
    // The client speaks first.
  }

  @Override
  public void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds) {
    if (record.length > config.limits().maxControlMessage()) {
      channel.fail(key, "control message of " + record.length + " bytes", bootNanos);
    } else if (!key.keyMethodReceived) {
      key.keyMethodReceived = true;
      try {
        keyMethod(key, ClientKeyMethod2.parse(record), bootNanos);
      } catch (MalformedMessageException e) {
        channel.fail(key, "malformed key method 2 message", bootNanos);
      }
    } else {
      for (TextMessage message : TextMessage.parse(record)) {
        text(message, bootNanos, wallSeconds);
      }
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

  private void keyMethod(KeyState key, ClientKeyMethod2 client, long bootNanos) {
    PeerIdentity peer = key.peer();
    if (peer == null) {
      channel.fail(key, "key method 2 message before the client's certificate", bootNanos);
      return;
    }
    PeerIdentity proven =
        new PeerIdentity(
            peer.commonName(),
            peer.serialHex(),
            peer.uris(),
            peer.fingerprint(),
            peer.notAfterSeconds(),
            metadata);
    ServerKeyMethod2 answer =
        new ServerKeyMethod2(
            endpoint.randomBytes(32),
            endpoint.randomBytes(32),
            OccString.server(path.transport() == Transport.TCP));
    boolean first = admitted == null;
    String refusal = first ? admitFirst(client, proven) : admitAgain(proven);
    key.write(answer.encode());
    key.phase = KeyState.Phase.KEYED;
    DataKeyRing ring = keys;
    DataCipher chosen = cipher;
    if (refusal != null || ring == null || chosen == null) {
      key.refusal = refusal == null ? "" : refusal;
      client.wipe();
      answer.wipe();
      return;
    }
    key.recordOffset = ring.reserve();
    if (key.recordOffset < 0) {
      channel.fail(key, "too many negotiations at once", bootNanos);
      return;
    }
    derivations++;
    key.derive(
        new KeyRecipe(
            exportsKeys(),
            client,
            answer,
            channel.remote(),
            channel.own,
            Role.SERVER,
            config.aead(),
            chosen,
            key.keyId,
            ring.records(),
            key.recordOffset));
  }

  /** Null if the client may connect; else what to tell it. */
  private @Nullable String admitFirst(ClientKeyMethod2 client, PeerIdentity proven) {
    info = PeerInfo.parse(client.peerInfo());
    switch (endpoint.admission().admit(proven, info, path)) {
      case Admission.Refused refused -> {
        return refused.reason();
      }
      case Admission.Admitted ok -> {
        cipher = NcpNegotiation.choose(config.dataCiphers(), info, client.options());
        if (cipher == null) {
          return "Data channel cipher negotiation failed (no shared cipher)";
        }
        peerId = endpoint.takePeerId(ok.clientId());
        if (peerId < 0) {
          endpoint.dropped(DropReason.LIMIT);
          return info.supports(IvProto.AUTH_FAIL_TEMP)
              ? "TEMP[advance remote]:this server is full"
              : "this server is full";
        }
        admitted = ok;
        identity = proven;
        keys = endpoint.ring(peerId);
        return null;
      }
    }
  }

  /** The same client must stand behind a renegotiation, and still be welcome (digest 3.3). */
  private @Nullable String admitAgain(PeerIdentity proven) {
    PeerIdentity known = identity;
    Admission.Admitted before = admitted;
    if (known == null
        || before == null
        || !known.fingerprint().equals(proven.fingerprint())
        || !known.commonName().equals(proven.commonName())) {
      return "certificate changed during the session";
    }
    return switch (endpoint.admission().admit(proven, info, path)) {
      case Admission.Refused refused -> refused.reason();
      case Admission.Admitted again when again.clientId().equals(before.clientId()) -> null;
      case Admission.Admitted _ -> "identity changed during the session";
    };
  }

  @Override
  public void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos) {
    derivations--;
    DataKeyRing ring = keys;
    if (ring == null) {
      if (dataKey != null) {
        dataKey.close();
      }
      releasePeerIdIfIdle();
    } else if (dataKey == null) {
      ring.release(key.recordOffset);
    } else {
      ring.add(dataKey, key.recordOffset, bootNanos + config.transitionWindowNanos());
    }
  }

  /** A derivation on another thread may still write to the peer id's records. */
  private void releasePeerIdIfIdle() {
    if (releasePeerIdLater && derivations == 0) {
      releasePeerIdLater = false;
      endpoint.releasePeerId(peerId);
      peerId = -1;
    }
  }

  @Override
  public void active(KeyState key, long bootNanos, long wallSeconds) {
    String refusal = key.refusal;
    if (refusal != null) {
      end(CloseReason.CUT_OFF, refusal, bootNanos, wallSeconds);
      return;
    }
    long age = config.renegotiationNanos();
    renegotiateAt = bootNanos + age - endpoint.randomBelow(age / 10 + 1);
    if (state == State.HALF_OPEN) {
      if (pushRequested || info.supports(IvProto.REQUEST_PUSH)) {
        open(bootNanos, wallSeconds);
      }
    } else if (keys != null && !isOpenVpn3()) {
      // The client has our key method message, so it can decrypt (tried: no packet lost).
      keys.sendWithNewest();
    }
  }

  private void open(long bootNanos, long wallSeconds) {
    Admission.Admitted ok = admitted;
    PeerIdentity who = identity;
    DataCipher chosen = cipher;
    DataKeyRing ring = keys;
    if (ok == null || who == null || chosen == null || ring == null || ring.newest() == null) {
      return;
    }
    boolean dataV2 = info.supports(IvProto.DATA_V2);
    ServerSession opened =
        new ServerSession(
            peerId, ok, who, info, chosen, dataV2, ring, path, bootNanos, wallSeconds);
    session = opened;
    endpoint.leftHalfOpen(this);
    state = State.OPEN;
    endpoint.open(this, opened, bootNanos, wallSeconds);
    for (byte[] part : PushReplySplit.split(pushOptions(ok, chosen, dataV2))) {
      channel.primary().write(part);
    }
    endpoint.reschedule(this);
  }

  private boolean exportsKeys() {
    return info.supports(IvProto.TLS_KEY_EXPORT) && config.tls().exportsKeys();
  }

  private List<String> pushOptions(Admission.Admitted ok, DataCipher chosen, boolean dataV2) {
    // What differs between instances comes last: clients hash the rest, in order, to decide whether
    // their TUN can stay (digest 6.3).
    List<String> options = new ArrayList<>(ok.push());
    options.add("ping " + config.pingIntervalNanos() / 1_000_000_000L);
    options.add("ping-restart " + config.pingTimeoutNanos() / 1_000_000_000L);
    if (dataV2) {
      options.add("peer-id " + peerId);
    }
    if (NcpNegotiation.pushesCipher(info)) {
      options.add("cipher " + chosen.openvpnName());
    }
    boolean export = exportsKeys();
    if (info.supports(IvProto.CC_EXIT_NOTIFY)) {
      options.add("protocol-flags cc-exit" + (export ? " tls-ekm" : ""));
    } else if (export) {
      options.add("key-derivation tls-ekm");
    }
    return options;
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
   * Ends the session: data keys are wiped at once, the reason is told, the control channel lingers.
   */
  void end(CloseReason reason, @Nullable String authFailed, long bootNanos, long wallSeconds) {
    if (state == State.LINGERING || state == State.GONE) {
      return;
    }
    closeData(reason);
    linger(bootNanos);
    KeyState.Phase phase = channel.primary().phase;
    boolean canSay = phase == KeyState.Phase.ACTIVE || phase == KeyState.Phase.KEYED;
    if (authFailed != null && canSay) {
      say(new TextMessage.AuthFailed(authFailed), bootNanos, wallSeconds);
    }
  }

  /** Whether this negotiation, not open yet, was admitted for the client. */
  boolean isOpeningFor(String clientId) {
    Admission.Admitted ok = admitted;
    return state == State.HALF_OPEN && ok != null && ok.clientId().equals(clientId);
  }

  /** Queues a text message on the newest TLS session. */
  void say(TextMessage message, long bootNanos, long wallSeconds) {
    channel.primary().write(message.encode());
    channel.progress(bootNanos, wallSeconds);
  }

  private void closeData(CloseReason reason) {
    if (keys != null) {
      keys.close();
      keys = null;
    }
    ServerSession open = session;
    session = null;
    if (peerId >= 0) {
      releasePeerIdLater = true;
      releasePeerIdIfIdle();
    }
    if (open != null) {
      endpoint.closed(this, open, reason);
    }
  }

  private void linger(long bootNanos) {
    if (state != State.LINGERING) {
      endpoint.leftHalfOpen(this);
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
    endpoint.leftHalfOpen(this);
    state = State.GONE;
    channel.close();
    endpoint.remove(this);
  }

  long nextDeadline() {
    long next = Math.min(channel.nextDeadline(), goneAt);
    ServerSession open = session;
    if (open != null) {
      next = Math.min(next, renegotiateAt);
      next = Math.min(next, open.lastReceivedNanos() + 2 * config.pingTimeoutNanos());
      next = Math.min(next, open.lastSentNanos() + config.pingIntervalNanos());
    }
    return next;
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
      }
      if ((bootNanos >= renegotiateAt || newest.needsRenegotiation()) && mayRenegotiate()) {
        channel.softReset(bootNanos, wallSeconds);
      }
    }
    channel.timeout(bootNanos, wallSeconds);
  }
}
