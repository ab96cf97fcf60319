package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.net.Capture;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What client and server really say to each other, captured at the client: the same facts for every
 * make, whatever its log holds. Formats: digest 1.2, 2 and 5.
 */
final class Wire {
  private static final int SOFT_RESET = 3;
  private static final int HARD_RESET_CLIENT_V2 = 7;
  private static final int DATA_V2 = 9;
  private static final int HARD_RESET_CLIENT_V3 = 10;

  private static final int SESSION_ID = 8;
  private static final int HMAC_SHA256 = 32;

  private final Capture capture;

  Wire(Capture capture) {
    this.capture = capture;
  }

  private Stream<Capture.Packet> of(int opcode) {
    return capture.packets().stream().filter(packet -> packet.opcode() == opcode);
  }

  /** How the first packet is wrapped; empty if it is none of ours. */
  Optional<Wrap> wrap() {
    if (of(HARD_RESET_CLIENT_V3).findAny().isPresent()) {
      return Optional.of(Wrap.TLS_CRYPT_V2);
    }
    return of(HARD_RESET_CLIENT_V2)
        .findFirst()
        .flatMap(
            packet -> {
              if (isTlsCrypt(packet)) {
                return Optional.of(Wrap.TLS_CRYPT);
              }
              return packet.isTime(1 + SESSION_ID + HMAC_SHA256 + 4)
                  ? Optional.of(Wrap.TLS_AUTH)
                  : Optional.empty();
            });
  }

  private static boolean isTlsCrypt(Capture.Packet packet) {
    return packet.isTime(1 + SESSION_ID + 4);
  }

  /**
   * How the first renegotiation of the server's is wrapped: a dynamic key counts its packets from 1
   * (digest 2.7).
   */
  Optional<Renewal> renewal() {
    return of(SOFT_RESET)
        .filter(packet -> !packet.fromClient())
        .findFirst()
        .map(
            packet ->
                isTlsCrypt(packet) && packet.number(1 + SESSION_ID) == 1
                    ? Renewal.DYNAMIC_TLS_CRYPT
                    : Renewal.SAME_WRAP);
  }

  /** The format that most data packets have; empty without any. */
  Optional<Data.Format> format() {
    List<Data.Format> formats = of(DATA_V2).map(Wire::format).toList();
    return Stream.of(Data.Format.values())
        .filter(format -> formats.stream().filter(format::equals).count() * 2 > formats.size())
        .findFirst();
  }

  /** Few packets are sent here: counters are small, and what is none is random. */
  private static Data.Format format(Capture.Packet packet) {
    int first = packet.number(4);
    if (first > 0 && first <= 0xffff) {
      return Data.Format.AEAD;
    }
    boolean isEpoch = first > 0xffff && first < 0x100_0000 && (first & 0xffff) == 0;
    return isEpoch && (packet.number(6) == 0) ? Data.Format.EPOCH : Data.Format.CBC;
  }

  /** Sessions that the client has begun: more than 1 is a reconnect. */
  int sessions() {
    Set<Long> ids = new HashSet<>();
    capture.packets().stream()
        .filter(
            packet ->
                packet.opcode() == HARD_RESET_CLIENT_V2 || packet.opcode() == HARD_RESET_CLIENT_V3)
        .forEach(packet -> ids.add(packet.sessionId()));
    return ids.size();
  }

  /**
   * Whether the server has been seen to send data with a key that a renegotiation brought: a packet
   * is in the capture only after its receiver has it.
   */
  boolean isKeyRenewed() {
    return of(DATA_V2).anyMatch(packet -> !packet.fromClient() && packet.keyId() > 0);
  }
}
