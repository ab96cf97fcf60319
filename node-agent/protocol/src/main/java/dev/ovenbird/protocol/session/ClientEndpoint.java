package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.OccMessage;
import dev.ovenbird.protocol.data.Ping;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.MalformedMessageException;
import dev.ovenbird.protocol.message.OccString;
import dev.ovenbird.protocol.message.PushReplyAssembler;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client role: one session with one server, without I/O, threads or clock. Confined to one
 * thread. After {@link ClientHost#closed} make a new one. Sequence: digest 7.7.
 */
public final class ClientEndpoint {
  private static final long PUSH_REQUEST_NANOS = 5_000_000_000L;
  private static final int MAX_PUSH_CHARACTERS = 786_432;
  private static final int MAX_CONTROL_BYTES = 3072;
  private static final int KEY_ID_MASK = 7;

  private final ClientConfig config;
  private final ClientHost host;
  private final SecureRandom random;
  private final DataKeyRing keys;
  private final Negotiation negotiation = new Negotiation();
  private final PushReplyAssembler pushReply = new PushReplyAssembler(MAX_PUSH_CHARACTERS);
  private final MemorySegment scratch = MemorySegment.ofArray(new byte[64]);
  private @Nullable ControlChannel channel;
  private @Nullable ServerKeyMethod2 serverKeyMethod;
  private @Nullable PushedSession pushed;
  private boolean closed;
  private int derivations;
  private long nextPushRequest = Long.MAX_VALUE;
  private long renegotiateAt = Long.MAX_VALUE;
  private long lastReceivedNanos;
  private long lastSentNanos;
  private long leaveAt = Long.MAX_VALUE;

  /**
   * @param record at least {@link ServerEndpoint#RECORD_BYTES} bytes, zeroed: the hot state of the
   *     data channel
   */
  public ClientEndpoint(
      ClientConfig config, ClientHost host, MemorySegment record, SecureRandom random) {
    this.config = config;
    this.host = host;
    this.random = random;
    this.keys = new DataKeyRing(record, 0);
  }

  /** Sends the first packet. */
  public void start(long bootNanos, long wallSeconds) {
    boolean early = config.features().earlyNegotiation() && config.transport() == Transport.UDP;
    ControlChannel started =
        new ControlChannel(
            negotiation,
            SessionId.random(random),
            SessionId.UNDEFINED,
            new TlsCrypt(config.wrapKey().key(), Role.CLIENT),
            new ReplaySender(early ? EarlyNegotiation.COUNTER_START : 0),
            0,
            config.handWindowNanos(),
            bootNanos);
    started.wrappedClientKey = config.wrapKey().wkc();
    channel = started;
    lastReceivedNanos = bootNanos;
    started.primary().sender.send(Opcode.CONTROL_HARD_RESET_CLIENT_V3, new byte[0]);
    started.progress(bootNanos, wallSeconds);
  }

  /** A packet came from the server; the buffer may be changed. */
  public void received(
      MemorySegment packet, long offset, int length, long bootNanos, long wallSeconds) {
    ControlChannel control = channel;
    if (closed || control == null || length < 1) {
      return;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    Opcode opcode = Opcode.ofFirstByte(first);
    DropReason dropped;
    if (opcode == null) {
      dropped = DropReason.UNKNOWN_OPCODE;
    } else if (opcode.isData()) {
      dropped = data(opcode == Opcode.DATA_V2, packet, offset, length, bootNanos);
    } else if (length > MAX_CONTROL_BYTES) {
      dropped = DropReason.MALFORMED;
    } else {
      dropped = control(control, opcode, packet, offset, length, bootNanos, wallSeconds);
    }
    if (dropped != null) {
      host.dropped(dropped);
    }
  }

  private @Nullable DropReason data(
      boolean v2, MemorySegment packet, long offset, int length, long bootNanos) {
    int keyId = packet.get(ValueLayout.JAVA_BYTE, offset) & KEY_ID_MASK;
    DataKey key = keys.find(keyId);
    if (key == null) {
      return DropReason.NO_KEY;
    }
    int plain = key.open(packet, offset, length);
    if (plain < 0) {
      return switch (plain) {
        case DataKey.TOO_SHORT -> DropReason.TOO_SHORT;
        case DataKey.REPLAY -> DropReason.DATA_REPLAY;
        default -> DropReason.DECRYPT_FAILED;
      };
    }
    keys.received(key);
    lastReceivedNanos = bootNanos;
    long at = offset + DataKey.plaintextOffset(v2);
    if (plain > 0 && !Ping.isPing(packet, at, plain) && !OccMessage.isOcc(packet, at, plain)) {
      host.tunnelPacket(packet, at, plain);
    }
    return null;
  }

  private @Nullable DropReason control(
      ControlChannel control,
      Opcode opcode,
      MemorySegment segment,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    if (opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2
        || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3
        || opcode == Opcode.CONTROL_WKC_V1) {
      return DropReason.UNKNOWN_OPCODE;
    }
    byte[] packet = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    Unwrapped unwrapped = control.unwrap(packet, length);
    if (unwrapped == null) {
      return DropReason.WRAP_FAILED;
    }
    boolean reset = opcode == Opcode.CONTROL_HARD_RESET_SERVER_V2;
    if (!control.remote().isDefined() && reset && unwrapped.sender().isDefined()) {
      control.remote(unwrapped.sender());
    } else if (!control.remote().equals(unwrapped.sender())) {
      return DropReason.UNKNOWN_SESSION;
    }
    DropReason dropped = control.receive(opcode, unwrapped, bootNanos, wallSeconds);
    if (dropped == null) {
      lastReceivedNanos = bootNanos;
    }
    return dropped;
  }

  /** A task given to {@link ClientHost#submit} has run. */
  public void completed(SlowTask task, long bootNanos, long wallSeconds) {
    if (task instanceof TlsTask tls && tls.channel.owner() == negotiation) {
      tls.channel.completed(tls, bootNanos, wallSeconds);
    }
  }

  /**
   * Encrypts a packet from the TUN; see {@link ServerSession#seal}.
   *
   * @return bytes written, at most {@code length + 24}; 0 while there is no key
   */
  public int seal(
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset,
      long bootNanos) {
    DataKey key = keys.sending();
    PushedSession session = pushed;
    if (key == null || session == null || closed) {
      return 0;
    }
    lastSentNanos = bootNanos;
    return key.seal(session.peerId(), plain, plainOffset, length, out, outOffset);
  }

  /** Begins a renegotiation now, if none is running. */
  public void renegotiate(long bootNanos, long wallSeconds) {
    ControlChannel control = channel;
    if (control != null && negotiation.mayRenegotiate()) {
      control.softReset(bootNanos, wallSeconds);
    }
  }

  /** Leaves: tells the server (EXIT or OCC exit), then {@link ClientHost#closed}. */
  public void leave(long bootNanos, long wallSeconds) {
    ControlChannel control = channel;
    PushedSession session = pushed;
    if (closed || control == null || session == null) {
      close("left");
      return;
    }
    if (session.controlExit() && control.primary().phase == KeyState.Phase.ACTIVE) {
      control.primary().write(new TextMessage.Exit().encode());
      leaveAt = bootNanos + 2_000_000_000L;
      control.progress(bootNanos, wallSeconds);
    } else {
      MemorySegment exit = OccMessage.exitPayload();
      sendData(exit, (int) exit.byteSize(), bootNanos);
      close("left");
    }
  }

  private void sendData(MemorySegment payload, int length, long bootNanos) {
    int sealed = seal(payload, 0, length, scratch, 0, bootNanos);
    if (sealed > 0) {
      host.transmit(scratch, 0, sealed);
    }
  }

  /** When {@link #timeout} wants to be called, boot nanoseconds. */
  public long nextDeadline() {
    ControlChannel control = channel;
    if (closed || control == null) {
      return Long.MAX_VALUE;
    }
    long next = Math.min(Math.min(control.nextDeadline(), nextPushRequest), leaveAt);
    PushedSession session = pushed;
    if (session != null) {
      next = Math.min(next, renegotiateAt);
      next = Math.min(next, later(lastSentNanos, session.pingNanos()));
      next = Math.min(next, later(lastReceivedNanos, session.pingRestartNanos()));
    }
    return next;
  }

  private static long later(long from, long nanos) {
    return nanos <= 0 ? Long.MAX_VALUE : from + nanos;
  }

  public void timeout(long bootNanos, long wallSeconds) {
    ControlChannel control = channel;
    if (closed || control == null) {
      return;
    }
    if (bootNanos >= leaveAt) {
      close("left");
      return;
    }
    PushedSession session = pushed;
    if (session != null) {
      if (bootNanos >= later(lastReceivedNanos, session.pingRestartNanos())) {
        close("ping timeout");
        return;
      }
      if (bootNanos >= later(lastSentNanos, session.pingNanos())) {
        MemorySegment ping = Ping.payload();
        sendData(ping, (int) ping.byteSize(), bootNanos);
      }
      keys.expire(bootNanos);
      DataKey newest = keys.newest();
      if (newest == null && derivations == 0) {
        close("no data key left");
        return;
      }
      boolean renewalDue =
          bootNanos >= renegotiateAt || (newest != null && newest.needsRenegotiation());
      if (renewalDue && negotiation.mayRenegotiate()) {
        control.softReset(bootNanos, wallSeconds);
      }
    }
    if (bootNanos >= nextPushRequest) {
      requestPush(control, bootNanos);
    }
    control.timeout(bootNanos, wallSeconds);
  }

  private void requestPush(ControlChannel control, long bootNanos) {
    control.primary().write(new TextMessage.PushRequest().encode());
    nextPushRequest = bootNanos + PUSH_REQUEST_NANOS;
  }

  private void close(String reason) {
    if (!closed) {
      closed = true;
      ControlChannel control = channel;
      if (control != null) {
        control.close();
      }
      if (derivations == 0) {
        keys.close();
      }
      host.closed(reason);
    }
  }

  /** What the control channel asks of this client. */
  private final class Negotiation implements ControlChannel.Owner {

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
      ControlChannel control = channel;
      return !closed
          && pushed != null
          && control != null
          && (control.primary().phase == KeyState.Phase.ACTIVE
              || control.primary().phase == KeyState.Phase.FAILED);
    }

    @Override
    public void renegotiating(KeyState key, long bootNanos) {
      // A server of 2.x has one lame duck: nothing may be sent on an older key than the last.
      keys.sendWithNewest();
      renegotiateAt = Long.MAX_VALUE;
      serverKeyMethod = null;
      key.startTls();
    }

    @Override
    public void resetPayload(byte[] payload) {
      ControlChannel control = channel;
      if (control == null || control.primary().keyId != 0) {
        return;
      }
      try {
        if (payload.length > 0) {
          control.resendWrappedClientKey = EarlyNegotiation.parse(payload).resendWrappedKey();
        }
      } catch (MalformedPacketException e) {
        close("malformed early negotiation");
        return;
      }
      control.primary().startTls();
    }

    @Override
    public void handshakeComplete(KeyState key, long bootNanos) {
      ClientKeyMethod2 own =
          new ClientKeyMethod2(
              randomBytes(48),
              randomBytes(32),
              randomBytes(32),
              OccString.client(config.transport() == Transport.TCP),
              "",
              "",
              peerInfo());
      key.ownKeyMethod = own;
      key.write(own.encode());
    }

    private byte[] randomBytes(int count) {
      byte[] bytes = new byte[count];
      random.nextBytes(bytes);
      return bytes;
    }

    private String peerInfo() {
      ClientConfig.Features features = config.features();
      int proto =
          (features.dataV2() ? IvProto.DATA_V2.mask() : 0)
              | (features.requestPush() ? IvProto.REQUEST_PUSH.mask() : 0)
              | (features.keyExport() ? IvProto.TLS_KEY_EXPORT.mask() : 0)
              | (features.exitNotify() ? IvProto.CC_EXIT_NOTIFY.mask() : 0);
      StringBuilder text = new StringBuilder();
      text.append("IV_VER=").append(features.version()).append('\n');
      text.append("IV_PLAT=linux\nIV_NCP=2\nIV_TCPNL=1\n");
      text.append("IV_PROTO=").append(proto).append('\n');
      text.append("IV_CIPHERS=")
          .append(
              String.join(":", config.dataCiphers().stream().map(DataCipher::openvpnName).toList()))
          .append('\n');
      return text.toString();
    }

    @Override
    public void plaintext(KeyState key, byte[] record, long bootNanos, long wallSeconds) {
      if (!key.keyMethodReceived) {
        key.keyMethodReceived = true;
        try {
          serverKeyMethod = ServerKeyMethod2.parse(record);
        } catch (MalformedMessageException e) {
          close("malformed key method 2 message");
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
            List<String> options = pushReply.add(reply);
            if (options != null && pushed == null) {
              pushed = PushedSession.parse(options, config.dataCiphers());
              lastSentNanos = bootNanos;
              nextPushRequest = Long.MAX_VALUE;
              derive(key, bootNanos);
            }
          } catch (MalformedMessageException e) {
            close("malformed PUSH_REPLY: " + e.getMessage());
          }
        }
        case TextMessage.AuthFailed failed -> close("AUTH_FAILED: " + failed.reason());
        case TextMessage.Restart _ -> close("RESTART");
        case TextMessage.Halt _ -> close("HALT");
        case TextMessage.Exit _ -> close("server left");
        default -> {
          // INFO and what else there may be is for people; this role has none.
        }
      }
    }

    @Override
    public void active(KeyState key, long bootNanos, long wallSeconds) {
      if (pushed == null) {
        nextPushRequest = bootNanos + (config.features().requestPush() ? PUSH_REQUEST_NANOS : 0);
      } else if (key.recordOffset < 0) {
        // A first PUSH_REPLY that came before the last ack has begun the derivation already.
        derive(key, bootNanos);
      }
    }

    private void derive(KeyState key, long bootNanos) {
      PushedSession session = pushed;
      ClientKeyMethod2 own = key.ownKeyMethod;
      ServerKeyMethod2 server = serverKeyMethod;
      ControlChannel control = channel;
      if (session == null || own == null || server == null || control == null) {
        close("PUSH_REPLY before the key exchange");
        return;
      }
      key.recordOffset = keys.reserve();
      if (key.recordOffset < 0) {
        close("too many negotiations at once");
        return;
      }
      key.ownKeyMethod = null;
      serverKeyMethod = null;
      derivations++;
      key.derive(
          new KeyRecipe(
              session.keyExport(),
              own,
              server,
              control.own,
              control.remote(),
              Role.CLIENT,
              config.aead(),
              session.cipher(),
              key.keyId,
              keys.records(),
              key.recordOffset));
      renegotiateAt =
          config.renegotiationNanos() == Long.MAX_VALUE
              ? Long.MAX_VALUE
              : bootNanos + config.renegotiationNanos();
    }

    @Override
    public void derived(KeyState key, @Nullable DataKey dataKey, long bootNanos) {
      derivations--;
      PushedSession session = pushed;
      if (dataKey == null || session == null) {
        keys.release(key.recordOffset);
        return;
      }
      if (closed) {
        dataKey.close();
        keys.close();
        return;
      }
      boolean first = keys.newest() == null;
      keys.add(dataKey, key.recordOffset, bootNanos + config.transitionWindowNanos());
      if (first) {
        lastReceivedNanos = bootNanos;
        lastSentNanos = bootNanos;
        host.connected(session.options());
      } else {
        host.renegotiated(key.keyId);
      }
    }

    @Override
    public void failed(KeyState key, String why, long bootNanos) {
      if (pushed == null) {
        close(why);
      } else {
        renegotiateAt = bootNanos + config.handWindowNanos();
      }
    }
  }
}
