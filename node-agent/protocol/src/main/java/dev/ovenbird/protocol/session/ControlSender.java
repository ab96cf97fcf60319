package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.reliable.ReliableSender;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The way out of a {@link ControlChannel}: cuts ciphertext into messages, and sends what is due and
 * what is to be acknowledged in wrapped packets.
 */
final class ControlSender {
  /** Acks that ride on other control packets, and in a packet of their own (digest 1.5). */
  private static final int RIDING_ACKS = 4;

  private static final int ACKS = 8;

  /** IP packets carrying control messages are at most this long (2.x: max-packet-size). */
  private static final int MAX_PACKET = 1250;

  private static final int POISONED_IDS = 6;

  /** A TLS record with the fatal alert internal_error. */
  private static final byte[] INTERNAL_ERROR = {0x15, 3, 3, 0, 2, 2, 80};

  private final ControlChannel.Owner owner;
  private final SessionId own;
  private final ControlProtection protection;
  private byte @Nullable [] wrappedClientKey;
  private boolean resendWrappedClientKey;

  ControlSender(ControlChannel.Owner owner, SessionId own, ControlProtection protection) {
    this.owner = owner;
    this.own = own;
    this.protection = protection;
  }

  /** Client role: what is appended to a V3 reset and to the first WKC message. */
  void wrappedClientKey(byte[] wkc) {
    wrappedClientKey = wkc;
  }

  /** Client role: whether the server asked for the WKc again, with the message of id 1. */
  void resendWrappedClientKey(boolean asked) {
    resendWrappedClientKey = asked;
  }

  /** Sends what is due of a key state. */
  void flush(KeyState key, SessionId remote, long bootNanos, long wallSeconds) {
    int room = maxPayload(key);
    byte[] wkc = wrappedClientKey;
    // The first TLS message carries the WKc when the server asked for it (digest 2.6).
    if (resendWrappedClientKey && wkc != null && key.keyId == 0 && key.hasCiphertext()) {
      key.fillOne(Opcode.CONTROL_WKC_V1, room - wkc.length);
      resendWrappedClientKey = false;
    }
    if (!resendWrappedClientKey) {
      key.fill(Opcode.CONTROL_V1, room);
    }
    ReliableSender.Message message;
    while ((message = key.sender.due(bootNanos)) != null) {
      send(
          message.opcode(),
          key,
          new ControlBody(key.acks.take(RIDING_ACKS), remote, message.id(), message.payload()),
          wallSeconds);
    }
    // An ACK_V1 would not be retransmitted: while the WKc is owed, the ack rides on it.
    while (key.acks.hasPending() && !resendWrappedClientKey) {
      send(
          Opcode.ACK_V1,
          key,
          new ControlBody(key.acks.take(ACKS), remote, -1, new byte[0]),
          wallSeconds);
    }
  }

  /**
   * Sends a TLS alert under every message id that the peer may wait for; those that it has are
   * passed over.
   */
  void alert(int keyId, SessionId remote, long wallSeconds) {
    for (int id = 1; id <= POISONED_IDS; id++) {
      ControlBody body = new ControlBody(new int[0], remote, id, INTERNAL_ERROR.clone());
      send(Opcode.CONTROL_V1, keyId, body, wallSeconds);
    }
  }

  private void send(Opcode opcode, KeyState key, ControlBody body, long wallSeconds) {
    send(opcode, key.keyId, body, wallSeconds);
  }

  private void send(Opcode opcode, int keyId, ControlBody body, long wallSeconds) {
    ControlProtection.Wrapping wrapping = protection.of(keyId);
    byte[] packet =
        wrapping
            .wrap()
            .wrap(
                Opcode.firstByte(opcode, keyId),
                own,
                wrapping.sent().next(wallSeconds),
                body.encode());
    byte[] wkc = wrappedClientKey;
    if (wkc != null && opcode.carriesWrappedClientKey()) {
      byte[] longer = Arrays.copyOf(packet, packet.length + wkc.length);
      System.arraycopy(wkc, 0, longer, packet.length, wkc.length);
      packet = longer;
    }
    owner.transmit(packet);
  }

  /** TLS bytes per packet (digest 1.6). */
  private int maxPayload(KeyState key) {
    int plain = 1 + 8 + (1 + 8 + 4 * RIDING_ACKS) + 4;
    return MAX_PACKET
        - plain
        - protection.of(key.keyId).wrap().overhead()
        - (owner.isIpv4() ? 28 : 48);
  }
}
