package dev.ovenbird.protocol.wire;

import org.jspecify.annotations.Nullable;

/**
 * Kinds of packet, and the first byte of every packet: opcode (5 bits), key id (3 bits). Digest
 * 1.2.
 */
public enum Opcode {
  /** Key method 1, long dead; never answered. */
  CONTROL_HARD_RESET_CLIENT_V1(1),
  /** Key method 1, long dead. */
  CONTROL_HARD_RESET_SERVER_V1(2),
  /** Starts a renegotiation; never with key id 0. */
  CONTROL_SOFT_RESET_V1(3),
  /** Carries TLS ciphertext. */
  CONTROL_V1(4),
  /** Acknowledgements only: no message id, no payload. */
  ACK_V1(5),
  /** Data without a peer id. */
  DATA_V1(6),
  /** A client's first packet. */
  CONTROL_HARD_RESET_CLIENT_V2(7),
  /** The server's answer to a client's first packet. */
  CONTROL_HARD_RESET_SERVER_V2(8),
  /** Data with a 24-bit peer id. */
  DATA_V2(9),
  /** A client's first packet with its wrapped client key behind it. */
  CONTROL_HARD_RESET_CLIENT_V3(10),
  /** As {@link #CONTROL_V1}, with the wrapped client key behind it. */
  CONTROL_WKC_V1(11);

  /** Largest key id. */
  public static final int MAX_KEY_ID = 7;

  private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[32];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** Whether a wrapped client key follows the packet in the clear (digest 2.5). */
  public boolean carriesWrappedClientKey() {
    return this == CONTROL_HARD_RESET_CLIENT_V3 || this == CONTROL_WKC_V1;
  }

  public boolean isData() {
    return this == DATA_V1 || this == DATA_V2;
  }

  /** Null if there is no such opcode; such packets are dropped. */
  public static @Nullable Opcode of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  /** First byte of a packet, 0 … 255. */
  public static int firstByte(Opcode opcode, int keyId) {
    if (keyId < 0 || keyId > MAX_KEY_ID) {
      throw new IllegalArgumentException("key id " + keyId + " is not 0 … 7");
    }
    return (opcode.code << 3) | keyId;
  }

  /** Opcode of a first byte (its low 8 bits count); null if unknown. */
  public static @Nullable Opcode ofFirstByte(int firstByte) {
    return BY_CODE[(firstByte & 0xff) >>> 3];
  }

  public static int keyId(int firstByte) {
    return firstByte & 7;
  }
}
