package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import org.jspecify.annotations.Nullable;

/**
 * Control packets that belong to no session: answered without state by a cookie, or refused in
 * silence. Over UDP a session begins only once the peer has shown that it receives at its address
 * (digest 2.6); clients up to 2.5, which can't, and TCP have their own small pool.
 */
final class InitialPackets {
  private final ServerEndpoint endpoint;
  private final HardResetCookie cookie;
  private TokenBucket rate;

  InitialPackets(ServerEndpoint endpoint, HardResetCookie cookie) {
    this.endpoint = endpoint;
    this.cookie = cookie;
    this.rate = new TokenBucket(endpoint.config().limits().maxInitialPerSecond());
  }

  void reconfigured() {
    rate = new TokenBucket(endpoint.config().limits().maxInitialPerSecond());
  }

  /** What an authentic first or third packet says. */
  private record Opened(ControlWrap wrap, byte[] metadata, Unwrapped packet, ControlBody body) {}

  /** Null if the packet was used; else why it was dropped. */
  @Nullable DropReason received(
      Opcode opcode, LinkPath from, byte[] packet, long bootNanos, long wallSeconds) {
    boolean reset = opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3;
    if ((!reset && opcode != Opcode.CONTROL_WKC_V1) || Opcode.keyId(packet[0]) != 0) {
      return DropReason.UNKNOWN_SESSION;
    }
    if (!endpoint.acceptsNewSessions() || (reset && !rate.take(bootNanos))) {
      return DropReason.LIMIT;
    }
    WrappedClientKey.Opened key =
        WrappedClientKey.open(endpoint.config().wrapKeys(), packet, packet.length);
    if (key == null) {
      return DropReason.WRAP_FAILED;
    }
    if (!endpoint.admission().isKnown(key.metadata())) {
      key.clientKey().wipe();
      return DropReason.UNKNOWN_CLIENT;
    }
    ControlWrap wrap = new TlsCrypt(key.clientKey(), Role.SERVER);
    key.clientKey().wipe();
    Unwrapped unwrapped = wrap.unwrap(packet, packet.length - key.wkcLength());
    if (unwrapped == null) {
      return DropReason.WRAP_FAILED;
    }
    ControlBody body;
    try {
      body = ControlBody.parse(false, unwrapped.body());
    } catch (MalformedPacketException e) {
      return DropReason.MALFORMED;
    }
    if (!unwrapped.sender().isDefined()) {
      return DropReason.MALFORMED;
    }
    Opened opened = new Opened(wrap, key.metadata(), unwrapped, body);
    return reset
        ? hardReset(from, opened, bootNanos, wallSeconds)
        : cookieReturned(from, opened, bootNanos, wallSeconds);
  }

  private @Nullable DropReason hardReset(
      LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    // 2.7.6 ignores such resets; earlier servers got stuck on them (digest 1.5 rule 4).
    if (opened.body.messageId() != 0 || opened.body.acks().length > 0) {
      return DropReason.MALFORMED;
    }
    SessionId client = opened.packet.sender();
    if (from.transport() == Transport.UDP
        && EarlyNegotiation.isSignalled(opened.packet.replayId().counter())) {
      SessionId own = cookie.issue(client, from.cookieBytes(), bootNanos);
      ControlBody answer =
          new ControlBody(new int[] {0}, client, 0, EarlyNegotiation.RESEND_WRAPPED_KEY.encode());
      endpoint.transmit(
          from,
          opened.wrap.wrap(
              Opcode.firstByte(Opcode.CONTROL_HARD_RESET_SERVER_V2, 0),
              own,
              new ReplayId(1, (int) wallSeconds),
              answer.encode()));
      return null;
    }
    if (!endpoint.mayOpenStateful(from)) {
      return DropReason.LIMIT;
    }
    return start(from, opened, endpoint.randomSessionId(), true, bootNanos, wallSeconds);
  }

  private @Nullable DropReason cookieReturned(
      LinkPath from, Opened opened, long bootNanos, long wallSeconds) {
    ControlBody body = opened.body;
    if (from.transport() != Transport.UDP || body.acks().length == 0 || body.messageId() > 1) {
      return DropReason.UNKNOWN_SESSION;
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
    if (!endpoint.mayOpen()) {
      return DropReason.LIMIT;
    }
    return start(from, opened, body.receiver(), false, bootNanos, wallSeconds);
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
            opened.wrap,
            replay,
            opened.metadata,
            stateful,
            bootNanos);
    if (stateful) {
      negotiator.channel.primary().sender.send(Opcode.CONTROL_HARD_RESET_SERVER_V2, new byte[0]);
    }
    endpoint.add(negotiator);
    Opcode opcode = stateful ? Opcode.CONTROL_HARD_RESET_CLIENT_V3 : Opcode.CONTROL_WKC_V1;
    DropReason dropped = negotiator.channel.receive(opcode, opened.packet, bootNanos, wallSeconds);
    endpoint.reschedule(negotiator);
    return dropped;
  }
}
