package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.PushReplyAssembler;
import dev.ovenbird.protocol.message.PushUpdate;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of its control channel: key exchange, PUSH_REPLY, renegotiations. The data keys
 * it makes are used by {@link ClientEndpoint}, which also says when all is over.
 */
final class ClientNegotiator implements ControlChannel.Owner {
  private static final long PUSH_REQUEST_NANOS = 5_000_000_000L;
  private static final int MAX_PUSH_CHARACTERS = 786_432;
  private static final String AUTH_TOKEN = "auth-token ";

  private final ClientEndpoint endpoint;
  private final ClientConfig config;
  private final ClientHost host;
  private final DataKeyRing keys;
  private final ClientKeyExchange keyExchange;
  private final ControlChannel channel;
  private final PushReplyAssembler pushReply = new PushReplyAssembler(MAX_PUSH_CHARACTERS);
  private final PushReplyAssembler pushUpdate = new PushReplyAssembler(MAX_PUSH_CHARACTERS);
  private @Nullable PushedSession pushed;
  private long nextPushRequest = Long.MAX_VALUE;
  private long renegotiateAt = Long.MAX_VALUE;

  ClientNegotiator(
      ClientEndpoint endpoint,
      ClientConfig config,
      ClientHost host,
      DataKeyRing keys,
      SecureRandom random,
      long bootNanos) {
    this.endpoint = endpoint;
    this.config = config;
    this.host = host;
    this.keys = keys;
    this.keyExchange = new ClientKeyExchange(config, keys, random);
    boolean early =
        config.wrap() instanceof ClientKeyFile
            && config.features().earlyNegotiation()
            && config.transport() == Transport.UDP;
    this.channel =
        new ControlChannel(
            this,
            SessionId.random(random),
            SessionId.UNDEFINED,
            config.wrap().control(Role.CLIENT),
            new ReplaySender(early ? EarlyNegotiation.COUNTER_START : 0),
            0,
            config.handWindowNanos(),
            bootNanos);
  }

  /** Sends the first packet. */
  void start(long bootNanos, long wallSeconds) {
    Opcode reset =
        switch (config.wrap()) {
          case ClientKeyFile own -> {
            channel.sender.wrappedClientKey(own.wkc());
            yield Opcode.CONTROL_HARD_RESET_CLIENT_V3;
          }
          case StaticWrap _ -> Opcode.CONTROL_HARD_RESET_CLIENT_V2;
        };
    channel.primary().sender.send(reset, new byte[0]);
    channel.progress(bootNanos, wallSeconds);
  }

  /** What PUSH_REPLY said; null until then. */
  @Nullable PushedSession pushed() {
    return pushed;
  }

  /** Whether a data key is being made. */
  boolean isDeriving() {
    return keyExchange.isDeriving();
  }

  /** A control packet came. Null if it was used; else why it was dropped. */
  @Nullable DropReason received(Opcode opcode, byte[] packet, long bootNanos, long wallSeconds) {
    if (opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2
        || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3
        || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V1
        || opcode == Opcode.CONTROL_HARD_RESET_SERVER_V1
        || opcode == Opcode.CONTROL_WKC_V1) {
      return DropReason.UNKNOWN_OPCODE;
    }
    Unwrapped unwrapped = channel.unwrap(packet, packet.length);
    if (unwrapped == null) {
      return DropReason.WRAP_FAILED;
    }
    boolean reset = opcode == Opcode.CONTROL_HARD_RESET_SERVER_V2;
    if (!channel.remote().isDefined() && reset && unwrapped.sender().isDefined()) {
      channel.remote(unwrapped.sender());
    } else if (!channel.remote().equals(unwrapped.sender())) {
      return DropReason.UNKNOWN_SESSION;
    }
    return channel.receive(opcode, unwrapped, bootNanos, wallSeconds);
  }

  /** Takes the result of a task of this negotiator's channel. */
  void completed(TlsTask task, long bootNanos, long wallSeconds) {
    if (task.channel.owner() == this) {
      task.channel.completed(task, bootNanos, wallSeconds);
    }
  }

  /** Begins a renegotiation now, if none is running. */
  void renegotiate(long bootNanos, long wallSeconds) {
    if (mayRenegotiate()) {
      channel.softReset(bootNanos, wallSeconds);
    }
  }

  /** Says EXIT if the server takes it on the control channel now; whether it was said. */
  boolean exit(long bootNanos, long wallSeconds) {
    PushedSession session = pushed;
    if (session == null
        || !session.controlExit()
        || channel.primary().phase != KeyState.Phase.ACTIVE) {
      return false;
    }
    channel.primary().write(new TextMessage.Exit().encode());
    channel.progress(bootNanos, wallSeconds);
    return true;
  }

  /** Whether the server has acknowledged all that was said. */
  boolean isHeard() {
    return channel.primary().isQuiet();
  }

  long nextDeadline() {
    return Math.min(Math.min(channel.nextDeadline(), nextPushRequest), renegotiateAt);
  }

  void timeout(long bootNanos, long wallSeconds) {
    DataKey newest = keys.newest();
    if (bootNanos >= renegotiateAt || (newest != null && newest.needsRenegotiation())) {
      renegotiate(bootNanos, wallSeconds);
    }
    if (bootNanos >= nextPushRequest) {
      channel.primary().write(new TextMessage.PushRequest().encode());
      nextPushRequest = bootNanos + PUSH_REQUEST_NANOS;
    }
    channel.timeout(bootNanos, wallSeconds);
  }

  /** Forgets TLS session and data keys; safe while a derivation runs. */
  void close() {
    channel.close();
    keyExchange.close();
  }

  @Override
  public void transmit(byte[] packet) {
    host.transmit(MemorySegment.ofArray(packet), 0, packet.length);
  }

  @Override
  public void submit(SlowTask task) {
    host.submit(task);
  }

  @Override
  public TlsEngineFactory engines() {
    return config.tls();
  }

  @Override
  public boolean isIpv4() {
    return config.ipv4();
  }

  @Override
  public boolean mayRenegotiate() {
    PushedSession session = pushed;
    return !endpoint.isClosed()
        && session != null
        && !channel.primary().isNegotiating()
        && (channel.isWrapRenewed() || !session.renewsWrap());
  }

  @Override
  public void renegotiating(KeyState key, long bootNanos) {
    // A server of 2.x has one lame duck: nothing may be sent on an older key than the last.
    keys.sendWithNewest();
    renegotiateAt = Long.MAX_VALUE;
    keyExchange.restart();
    key.startTls();
  }

  @Override
  public void resetPayload(byte[] payload) {
    if (channel.primary().keyId != 0) {
      return;
    }
    try {
      if (payload.length > 0) {
        boolean asked =
            EarlyNegotiation.parse(payload).resendWrappedKey()
                && config.wrap() instanceof ClientKeyFile;
        channel.sender.resendWrappedClientKey(asked);
      }
    } catch (MalformedPacketException e) {
      endpoint.close("malformed early negotiation");
      return;
    }
    channel.primary().startTls();
  }

  @Override
  public void handshakeComplete(KeyState key) {
    keyExchange.offer(key);
  }

  @Override
  public void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds) {
    if (!key.keyMethodReceived) {
      key.keyMethodReceived = true;
      try {
        keyExchange.answered(record);
      } catch (MalformedMessageException e) {
        endpoint.close("malformed key method 2 message");
        return;
      }
      key.phase = KeyState.Phase.KEYED;
      return;
    }
    for (TextMessage message : TextMessage.parse(record)) {
      text(key, message, bootNanos);
    }
  }

  private void text(KeyState key, TextMessage message, long bootNanos) {
    switch (message) {
      case TextMessage.PushReply reply -> {
        try {
          List<String> options = pushReply.add(reply.options());
          if (options != null) {
            token(options);
          }
          if (options != null && pushed == null) {
            PushedSession session = PushedSession.parse(options, config.dataCiphers());
            pushed = session;
            endpoint.beginPings(bootNanos);
            nextPushRequest = Long.MAX_VALUE;
            derive(key, session, bootNanos);
          }
        } catch (MalformedMessageException e) {
          endpoint.close("malformed PUSH_REPLY: " + e.getMessage());
        }
      }
      case TextMessage.Update update -> update(update);
      case TextMessage.AuthFailed failed -> endpoint.close("AUTH_FAILED: " + failed.reason());
      case TextMessage.Restart _ -> endpoint.close("RESTART");
      case TextMessage.Halt _ -> endpoint.close("HALT");
      case TextMessage.Exit _ -> endpoint.close("server left");
      default -> {
        // INFO and what else there may be is for people; this role has none.
      }
    }
  }

  /** Also after the first PUSH_REPLY: tokens are renewed by small ones of their own. */
  private void token(List<String> options) {
    for (String option : options) {
      if (option.startsWith(AUTH_TOKEN)) {
        String token = option.substring(AUTH_TOKEN.length());
        keyExchange.token(token);
        host.authToken(token);
      }
    }
  }

  private void update(TextMessage.Update update) {
    PushedSession session = pushed;
    if (session == null) {
      return;
    }
    try {
      List<String> all = pushUpdate.add(update.options());
      if (all == null) {
        return;
      }
      Optional<List<String>> changed = PushUpdate.apply(session.options(), all);
      if (changed.isEmpty()) {
        endpoint.close("PUSH_UPDATE takes a new connection");
      } else {
        pushed = session.withOptions(changed.get());
        // Before the tunnel is up they are told with it.
        if (keys.newest() != null) {
          host.optionsChanged(changed.get());
        }
      }
    } catch (MalformedMessageException e) {
      endpoint.close("malformed PUSH_UPDATE: " + e.getMessage());
    }
  }

  @Override
  public void active(KeyState key, long bootNanos, long wallSeconds) {
    PushedSession session = pushed;
    if (session == null) {
      nextPushRequest =
          bootNanos + (config.features().supports(IvProto.REQUEST_PUSH) ? PUSH_REQUEST_NANOS : 0);
    } else if (key.recordOffset < 0) {
      // A first PUSH_REPLY that came before the last ack has begun the derivation already.
      derive(key, session, bootNanos);
    }
  }

  private void derive(KeyState key, PushedSession session, long bootNanos) {
    String obstacle = keyExchange.derive(key, session, channel);
    if (obstacle != null) {
      endpoint.close(obstacle);
      return;
    }
    DataFormat format = keyExchange.format();
    if (format != null) {
      endpoint.agreed(format);
    }
    renegotiateAt =
        config.renegotiationNanos() == Long.MAX_VALUE
            ? Long.MAX_VALUE
            : bootNanos + config.renegotiationNanos();
  }

  @Override
  public void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos) {
    PushedSession session = pushed;
    boolean first = keys.newest() == null;
    boolean added = keyExchange.derived(key, dataKey, !endpoint.isClosed(), bootNanos);
    if (added && first && session != null) {
      endpoint.connected(session.options(), bootNanos);
    } else if (added) {
      host.renegotiated(key.keyId);
    }
  }

  @Override
  public void failed(KeyState key, String why, long bootNanos) {
    if (pushed == null) {
      endpoint.close(why);
    } else {
      renegotiateAt = bootNanos + config.handWindowNanos();
    }
  }
}
