package dev.ovenbird.protocol.wire;

import java.nio.ByteBuffer;

/**
 * What a server's hard reset says in its payload before TLS: type, length, value entries. Digest
 * 2.6.
 *
 * @param resendWrappedKey the client shall send its wrapped client key again, with message 1
 */
public record EarlyNegotiation(boolean resendWrappedKey) {
  /**
   * A client that understands early negotiation starts its replay counter here: the first packet
   * shows one more.
   */
  public static final int COUNTER_START = 0x0f000000;

  /** The payload that asks for the wrapped client key again. */
  public static final EarlyNegotiation RESEND_WRAPPED_KEY = new EarlyNegotiation(true);

  private static final int TYPE_FLAGS = 1;
  private static final int FLAG_RESEND_WKC = 1;
  private static final int ENTRY_HEADER_BYTES = 4;

  /** Whether a client's replay counter says that it understands early negotiation. */
  public static boolean isSignalled(int counter) {
    return (counter & 0xff000000) == COUNTER_START;
  }

  /** Reads a payload; empty and unknown entries are fine. */
  public static EarlyNegotiation parse(byte[] payload) throws MalformedPacketException {
    ByteBuffer in = ByteBuffer.wrap(payload);
    boolean resend = false;
    while (in.hasRemaining()) {
      if (in.remaining() < ENTRY_HEADER_BYTES) {
        throw new MalformedPacketException("early negotiation entry cut short");
      }
      int type = Short.toUnsignedInt(in.getShort());
      int length = Short.toUnsignedInt(in.getShort());
      if (length > in.remaining()) {
        throw new MalformedPacketException("early negotiation value cut short");
      }
      if (type == TYPE_FLAGS) {
        if (length != 2) {
          throw new MalformedPacketException("early negotiation flags of wrong length");
        }
        resend |= (in.getShort() & FLAG_RESEND_WKC) != 0;
      } else {
        in.position(in.position() + length);
      }
    }
    return new EarlyNegotiation(resend);
  }

  /** The payload; empty if nothing is asked. */
  public byte[] encode() {
    return resendWrappedKey
        ? ByteBuffer.allocate(6)
            .putShort((short) TYPE_FLAGS)
            .putShort((short) 2)
            .putShort((short) FLAG_RESEND_WKC)
            .array()
        : new byte[0];
  }
}
