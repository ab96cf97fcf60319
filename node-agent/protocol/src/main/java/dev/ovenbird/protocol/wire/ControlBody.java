package dev.ovenbird.protocol.wire;

import java.nio.ByteBuffer;

/**
 * The part of a control packet that the wrap protects: acknowledgements, message id, payload.
 * Digest 1.3.
 *
 * @param acks acknowledged message ids, unsigned
 * @param receiver session id of the side whose messages are acknowledged; undefined without acks
 * @param messageId unsigned 32 bits; {@link #NO_MESSAGE} for ACK_V1
 * @param payload TLS bytes; empty for most resets
 */
public record ControlBody(int[] acks, SessionId receiver, long messageId, byte[] payload) {
  /** {@link #messageId} of a packet that only acknowledges. */
  public static final long NO_MESSAGE = -1;

  public static final long MAX_MESSAGE_ID = 0xffffffffL;

  /** Most acks in an ACK_V1; more than this is refused in any packet. */
  public static final int MAX_ACKS = 8;

  /** Most acks that we put into a packet with a message: what every peer accepts. */
  public static final int MAX_ACKS_WITH_MESSAGE = 4;

  private static final int[] NO_ACKS = {};
  private static final byte[] NO_PAYLOAD = {};

  public ControlBody {
    if (acks.length > MAX_ACKS) {
      throw new IllegalArgumentException(acks.length + " acks, at most " + MAX_ACKS);
    }
    if (messageId < NO_MESSAGE || messageId > MAX_MESSAGE_ID) {
      throw new IllegalArgumentException("message id " + messageId);
    }
  }

  /** Body of an ACK_V1. */
  public static ControlBody acknowledgement(int[] acks, SessionId receiver) {
    return new ControlBody(acks, receiver, NO_MESSAGE, NO_PAYLOAD);
  }

  /** Bytes of a body before its payload. */
  public static int headerBytes(int acks, boolean ackOnly) {
    return 1 + (acks > 0 ? SessionId.BYTES + 4 * acks : 0) + (ackOnly ? 0 : 4);
  }

  public boolean isAckOnly() {
    return messageId == NO_MESSAGE;
  }

  /**
   * Reads a body.
   *
   * @param ackOnly whether the opcode is ACK_V1; bytes after its acks mean nothing
   */
  public static ControlBody parse(boolean ackOnly, byte[] body) throws MalformedPacketException {
    if (body.length < 1) {
      throw new MalformedPacketException("empty control packet");
    }
    int count = body[0] & 0xff;
    if (count > MAX_ACKS) {
      throw new MalformedPacketException("too many acks");
    }
    if (body.length < headerBytes(count, ackOnly)) {
      throw new MalformedPacketException("control packet cut short");
    }
    ByteBuffer in = ByteBuffer.wrap(body);
    in.position(1);
    int[] acks = count == 0 ? NO_ACKS : new int[count];
    for (int i = 0; i < count; i++) {
      acks[i] = in.getInt();
    }
    SessionId receiver = count == 0 ? SessionId.UNDEFINED : new SessionId(in.getLong());
    if (ackOnly) {
      return acknowledgement(acks, receiver);
    }
    long messageId = Integer.toUnsignedLong(in.getInt());
    byte[] payload = new byte[in.remaining()];
    in.get(payload);
    return new ControlBody(acks, receiver, messageId, payload);
  }

  public byte[] encode() {
    int payloadBytes = isAckOnly() ? 0 : payload.length;
    ByteBuffer out =
        ByteBuffer.allocate(headerBytes(acks.length, isAckOnly()) + payloadBytes)
            .put((byte) acks.length);
    if (acks.length > 0) {
      for (int ack : acks) {
        out.putInt(ack);
      }
      out.putLong(receiver.value());
    }
    if (!isAckOnly()) {
      out.putInt((int) messageId).put(payload);
    }
    return out.array();
  }
}
