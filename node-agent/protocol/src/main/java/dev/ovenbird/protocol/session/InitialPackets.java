package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyOpener;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Control packets that belong to no session: answered without state by a cookie, or refused in
 * silence. Over UDP a session begins only once the peer has shown that it receives at its address
 * (digest 2.6); clients up to 2.5 with a key of their own, which can't, and TCP have their own
 * small pool. A key that all clients share needs nothing of a client for the cookie: its second
 * packet is an ordinary one.
 */
final class InitialPackets {
  private static final byte[] NO_PAYLOAD = {};

  private final ServerEndpoint endpoint;
  private final HardResetCookie cookie;

  /** Of the client whose packet is looked at: a session that begins gets one of its own. */
  private final TlsCrypt clientWrap = new TlsCrypt(Role.SERVER);

  private TokenBucket rate;
  private List<Shared> shared;
  private ClientKeyOpener clientKeys;

  InitialPackets(ServerEndpoint endpoint, HardResetCookie cookie) {
    this.endpoint = endpoint;
    this.cookie = cookie;
    this.rate = rate();
    this.shared = shared();
    this.clientKeys = clientKeys();
  }

  void reconfigured() {
    rate = rate();
    shared = shared();
    clientKeys = clientKeys();
  }

  private ClientKeyOpener clientKeys() {
    return new ClientKeyOpener(endpoint.config().wraps().clientKeys());
  }

  private TokenBucket rate() {
    return new TokenBucket(endpoint.config().limits().maxInitialPerSecond());
  }

  private List<Shared> shared() {
    return endpoint.config().wraps().shared().stream()
        .map(wrap -> new Shared(wrap.control(Role.SERVER), wrap))
        .toList();
  }

  /** A wrap that all its sessions use: it has no state. */
  private record Shared(ControlWrap wrap, StaticWrap how) {}

  /**
   * What an authentic first or third packet says.
   *
   * @param wrap for as long as the packet is looked at, unless it is shared
   * @param how what the wrap is made of; the caller's
   * @param metadata of the client's own key; null if it has none
   */
  private record Opened(
      Opcode opcode,
      ControlWrap wrap,
      StaticWrap how,
      byte @Nullable [] metadata,
      Unwrapped packet,
      ControlBody body) {
    boolean isShared() {
      return metadata == null;
    }
  }

  /** Null if the packet was used; else why it was dropped. */
  @Nullable DropReason received(
      Opcode opcode, LinkPath from, byte[] packet, long bootNanos, long wallSeconds) {
    boolean mayBegin =
        switch (opcode) {
          case CONTROL_HARD_RESET_CLIENT_V3, CONTROL_WKC_V1 -> true;
          case CONTROL_HARD_RESET_CLIENT_V2, CONTROL_V1, ACK_V1 -> !shared.isEmpty();
          default -> false;
        };
    if (!mayBegin || Opcode.keyId(packet[0]) != 0) {
      return DropReason.UNKNOWN_SESSION;
    }
    if (!endpoint.acceptsNewSessions()) {
      return DropReason.LIMIT;
    }
    // None would be answered, authentic or not: not worth to be opened.
    if (isReset(opcode) && !rate.has(bootNanos)) {
      return DropReason.LIMIT;
    }
    if (opcode.carriesWrappedClientKey()) {
      return withOwnKey(opcode, from, packet, bootNanos, wallSeconds);
    }
    for (Shared one : shared) {
      Unwrapped unwrapped = one.wrap.unwrap(packet, packet.length);
      if (unwrapped != null) {
        return unwrapped(opcode, from, one.wrap, one.how, null, unwrapped, bootNanos, wallSeconds);
      }
    }
    return DropReason.WRAP_FAILED;
  }

  private static boolean isReset(Opcode opcode) {
    return opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2
        || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3;
  }

  private @Nullable DropReason withOwnKey(
      Opcode opcode, LinkPath from, byte[] packet, long bootNanos, long wallSeconds) {
    WrappedClientKey.Opened key = clientKeys.open(packet, packet.length);
    if (key == null) {
      return DropReason.WRAP_FAILED;
    }
    try {
      if (!endpoint.admission().isKnown(key.metadata())) {
        return DropReason.UNKNOWN_CLIENT;
      }
      clientWrap.use(key.clientKey());
      Unwrapped unwrapped = clientWrap.unwrap(packet, packet.length - key.wkcLength());
      return unwrapped == null
          ? DropReason.WRAP_FAILED
          : unwrapped(
              opcode,
              from,
              clientWrap,
              new StaticWrap.Crypt(key.clientKey()),
              key.metadata(),
              unwrapped,
              bootNanos,
              wallSeconds);
    } finally {
      key.clientKey().wipe();
    }
  }

  private @Nullable DropReason unwrapped(
      Opcode opcode,
      LinkPath from,
      ControlWrap wrap,
      StaticWrap how,
      byte @Nullable [] metadata,
      Unwrapped unwrapped,
      long bootNanos,
      long wallSeconds) {
    ControlBody body;
    try {
      body = ControlBody.parse(opcode == Opcode.ACK_V1, unwrapped.body());
    } catch (MalformedPacketException e) {
      return DropReason.MALFORMED;
    }
    if (!unwrapped.sender().isDefined()) {
      return DropReason.MALFORMED;
    }
    Opened opened = new Opened(opcode, wrap, how, metadata, unwrapped, body);
    return isReset(opcode)
        ? hardReset(from, opened, bootNanos, wallSeconds)
        : cookieReturned(from, opened, bootNanos, wallSeconds);
  }

  private @Nullable DropReason hardReset(
      LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    // 2.7.6 ignores such resets; earlier servers got stuck on them (digest 1.5 rule 4).
    if (opened.body.messageId() != 0 || opened.body.acks().length > 0) {
      return DropReason.MALFORMED;
    }
    // Counted once it is authentic: else garbage would use up what is meant for clients.
    if (!rate.take(bootNanos)) {
      return DropReason.LIMIT;
    }
    if (from.transport() == Transport.UDP
        && (opened.isShared()
            || EarlyNegotiation.isSignalled(opened.packet.replayId().counter()))) {
      answer(from, opened, bootNanos, wallSeconds);
      return null;
    }
    if (!endpoint.halfOpen().mayBeginStateful(from, opened.metadata, endpoint.config().limits())) {
      return DropReason.LIMIT;
    }
    return start(from, opened, SessionId.random(endpoint.random()), true, bootNanos, wallSeconds);
  }

  /** The server's reset, without state: the client is to send its session id, the cookie, back. */
  private void answer(LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    SessionId client = opened.packet.sender();
    byte[] payload = opened.isShared() ? NO_PAYLOAD : EarlyNegotiation.RESEND_WRAPPED_KEY.encode();
    endpoint.transmit(
        from,
        opened.wrap.wrap(
            Opcode.firstByte(Opcode.CONTROL_HARD_RESET_SERVER_V2, 0),
            cookie.issue(client, from.cookieBytes(), bootNanos),
            new ReplayId(1, (int) wallSeconds),
            new ControlBody(new int[] {0}, client, 0, payload).encode()));
  }

  private @Nullable DropReason cookieReturned(
      LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    ControlBody body = opened.body;
    if (from.transport() != Transport.UDP || body.messageId() > 1) {
      return DropReason.UNKNOWN_SESSION;
    }
    if (body.acks().length == 0) {
      return acknowledgementLost(from, opened, bootNanos, wallSeconds);
    }
    for (int ack : body.acks()) {
      if (ack < 0 || ack > 1) {
        return DropReason.UNKNOWN_SESSION;
      }
    }
    SessionId client = opened.packet.sender();
    if (!cookie.matches(body.receiver(), client, from.cookieBytes(), bootNanos)) {
      return DropReason.BAD_COOKIE;
    }
    if (!endpoint.halfOpen().mayBegin(opened.metadata, endpoint.config().limits())) {
      return DropReason.LIMIT;
    }
    return start(from, opened, body.receiver(), false, bootNanos, wallSeconds);
  }

  /**
   * Clients up to 2.5 acknowledge our reset once: if that packet is lost, what they send again has
   * no cookie in it. They acknowledge again what they get again, so the same answer goes out.
   */
  private @Nullable DropReason acknowledgementLost(
      LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    if (!opened.isShared() || opened.opcode != Opcode.CONTROL_V1 || opened.body.messageId() != 1) {
      return DropReason.UNKNOWN_SESSION;
    }
    if (!rate.take(bootNanos)) {
      return DropReason.LIMIT;
    }
    answer(from, opened, bootNanos, wallSeconds);
    return null;
  }

  private @Nullable DropReason start(
      LinkPath from,
      Opened opened,
      SessionId own,
      boolean stateful,
      long bootNanos,
      long wallSeconds) {
    // The stateless answer used replay id 1; ours go on from there.
    ReplaySender replay = new ReplaySender(stateful ? 0 : 1);
    ServerNegotiator negotiator =
        new ServerNegotiator(
            endpoint,
            from,
            own,
            opened.packet.sender(),
            opened.isShared() ? opened.wrap : opened.how.control(Role.SERVER),
            replay,
            opened.metadata,
            opened.how,
            stateful,
            bootNanos);
    if (stateful) {
      negotiator.channel.primary().sender.send(Opcode.CONTROL_HARD_RESET_SERVER_V2, new byte[0]);
    }
    endpoint.add(negotiator);
    DropReason dropped =
        negotiator.channel.receive(opened.opcode, opened.packet, bootNanos, wallSeconds);
    endpoint.reschedule(negotiator);
    return dropped;
  }
}
