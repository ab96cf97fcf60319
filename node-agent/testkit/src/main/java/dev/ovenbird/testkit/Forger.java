package dev.ovenbird.testkit;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes authentic control packets with a client's key, in any order and with any content. */
public final class Forger {
  private static final int[] NO_ACKS = {};

  private final TlsCrypt wrap;
  private final byte[] wkc;
  private final SessionId own;
  private int counter = EarlyNegotiation.COUNTER_START;
  private int time = 1;
  private SessionId server = SessionId.UNDEFINED;

  public Forger(ClientKeyFile key, long sessionId) {
    this.wrap = new TlsCrypt(key.key(), Role.CLIENT);
    this.wkc = key.wkc();
    this.own = new SessionId(sessionId);
  }

  /** The next packets' replay ids begin after this one. */
  public void jump(int toCounter, int toTime) {
    counter = toCounter;
    time = toTime;
  }

  /** A first packet. */
  public byte[] reset() {
    return packet(Opcode.CONTROL_HARD_RESET_CLIENT_V3, 0, NO_ACKS, 0, new byte[0]);
  }

  /** Reads the server's session id from its answer; null if it is not authentic. */
  public @Nullable Unwrapped answered(byte[] packet) {
    Unwrapped answer = wrap.unwrap(packet, packet.length);
    if (answer != null) {
      server = answer.sender();
    }
    return answer;
  }

  /** The packet that brings the cookie back, with message 1. */
  public byte[] third(byte[] payload) {
    return packet(Opcode.CONTROL_WKC_V1, 0, new int[] {0}, 1, payload);
  }

  /** Any packet; acknowledgements are for the session of {@link #answered}. */
  public byte[] packet(Opcode opcode, int keyId, int[] acks, long messageId, byte[] payload) {
    ControlBody body =
        opcode == Opcode.ACK_V1
            ? ControlBody.acknowledgement(acks, server)
            : new ControlBody(acks, server, messageId, payload);
    counter++;
    byte[] packet =
        wrap.wrap(Opcode.firstByte(opcode, keyId), own, new ReplayId(counter, time), body.encode());
    if (!opcode.carriesWrappedClientKey()) {
      return packet;
    }
    byte[] longer = Arrays.copyOf(packet, packet.length + wkc.length);
    System.arraycopy(wkc, 0, longer, packet.length, wkc.length);
    return longer;
  }
}
