package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * One key id's data channel: seals and opens whole DATA_V1 and DATA_V2 packets in the classic AEAD
 * format (digest 5.1, 5.2). No allocation per packet of its own.
 *
 * <p>What must not be lost or rolled back lives in {@value #RECORD_BYTES} bytes of the caller's
 * memory, native byte order:
 *
 * <pre>
 *  0  packet id last sent; advanced before the packet is made
 *  8  replay window: highest id received, then the bitmap (see ReplayWindow)
 * 24  marker: start of a hash over the keys, ties the record to them; 0 = no key
 * 32  packets + cipher blocks sealed
 * 40  packets + cipher blocks opened
 * 48  packets that did not authenticate
 * 56  zero
 * </pre>
 */
public final class DataKey implements AutoCloseable {
  public static final int RECORD_BYTES = 64;

  /** Statuses of {@link #open}, all negative. */
  public static final int TOO_SHORT = -1;

  public static final int BAD_TAG = -2;
  public static final int REPLAY = -3;

  private static final int OPCODE_DATA_V1 = 6;
  private static final int OPCODE_DATA_V2 = 9;
  private static final int ID_BYTES = 4;

  private static final long TX_ID = 0;
  private static final long RX_WINDOW = 8;
  private static final long MARKER = 24;
  private static final long TX_USAGE = 32;
  private static final long RX_USAGE = 40;
  private static final long FORGERIES = 48;

  /** Digest 5.4: renegotiate from the first on, never send the second. */
  private static final long RENEGOTIATION_ID = 0xFF000000L;

  private static final long EXHAUSTED_ID = 0xFFFFFFFFL;

  /** Digest 5.6: seven eighths of 2^36 - 1, and the two limits on forgeries. */
  private static final long GCM_USAGE_LIMIT = ((1L << 36) - 1) / 8 * 7;

  private static final long FORGERIES_RENEGOTIATION = 1L << 35;
  private static final long FORGERIES_LIMIT = 1L << 36;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final int keyId;
  private final boolean limited;
  private final Aead sealing;
  private final Aead opening;
  private final long sealingIv;
  private final long openingIv;
  private final MemorySegment record;
  private final long recordOffset;
  private boolean closed;

  /**
   * Starts a key that was never used: the record is zeroed, then marked.
   *
   * @param block stays the caller's, who wipes it
   * @param self the role of this side
   * @param keyId 0 … 7
   * @throws IllegalStateException if a cipher key is all zero
   */
  public DataKey(
      AeadProvider provider,
      DataCipher cipher,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment record,
      long recordOffset) {
    if (keyId < 0 || keyId > 7) {
      throw new IllegalArgumentException("key id " + keyId);
    }
    this.keyId = keyId;
    this.record = record;
    this.recordOffset = recordOffset;
    this.limited = cipher != DataCipher.CHACHA20_POLY1305;
    Role peer = self == Role.SERVER ? Role.CLIENT : Role.SERVER;
    byte[] sealingKey = block.cipherKey(self, cipher);
    byte[] openingKey = block.cipherKey(peer, cipher);
    sealingIv = block.implicitIv(self);
    openingIv = block.implicitIv(peer);
    record.asSlice(recordOffset, RECORD_BYTES).fill((byte) 0);
    record.set(LONG, recordOffset + MARKER, marker(cipher, keyId, sealingKey, openingKey));
    sealing = provider.create(cipher, sealingKey, true);
    opening = provider.create(cipher, openingKey, false);
    Arrays.fill(sealingKey, (byte) 0);
    Arrays.fill(openingKey, (byte) 0);
  }

  /** Bytes that a packet is longer than its payload. */
  public static int overhead(boolean v2) {
    return (v2 ? 4 : 1) + ID_BYTES + Aead.TAG_BYTES;
  }

  /** Where the payload of an opened packet begins, counted from the packet's first byte. */
  public static int plaintextOffset(boolean v2) {
    return overhead(v2);
  }

  public int keyId() {
    return keyId;
  }

  /**
   * Makes one packet.
   *
   * @param peerId the peer's number for DATA_V2; -1 for DATA_V1
   * @param out needs {@code length + overhead} bytes from {@code outOffset}
   * @return bytes written; 0 if this key can send no more
   */
  public int seal(
      int peerId,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset) {
    if (closed) {
      return 0;
    }
    long id = record.get(LONG, recordOffset + TX_ID) + 1;
    if (id >= EXHAUSTED_ID) {
      return 0;
    }
    record.set(LONG, recordOffset + TX_ID, id);
    boolean v2 = peerId >= 0;
    long idOffset = outOffset + (v2 ? 4 : 1);
    if (v2) {
      out.set(INT, outOffset, (OPCODE_DATA_V2 << 3 | keyId) << 24 | (peerId & 0xFFFFFF));
    } else {
      out.set(ValueLayout.JAVA_BYTE, outOffset, (byte) (OPCODE_DATA_V1 << 3 | keyId));
    }
    out.set(INT, idOffset, (int) id);
    long aadOffset = v2 ? outOffset : idOffset;
    long tagOffset = idOffset + ID_BYTES;
    sealing.seal(
        (int) id,
        sealingIv,
        plain,
        plainOffset,
        length,
        out,
        aadOffset,
        v2 ? 4 + ID_BYTES : ID_BYTES,
        tagOffset + Aead.TAG_BYTES,
        tagOffset);
    int total = length + overhead(v2);
    add(TX_USAGE, usage(total));
    return total;
  }

  /**
   * Opens a packet whose key id is this key's, in place.
   *
   * @return length of the payload, which then lies at {@code offset + plaintextOffset(v2)}; else
   *     {@link #TOO_SHORT}, {@link #BAD_TAG} or {@link #REPLAY}
   */
  public int open(MemorySegment packet, long offset, int length) {
    if (length < 1) {
      return TOO_SHORT;
    }
    boolean v2 = (packet.get(ValueLayout.JAVA_BYTE, offset) & 0xFF) >>> 3 == OPCODE_DATA_V2;
    int payload = length - overhead(v2);
    if (payload < 1) {
      return TOO_SHORT;
    }
    if (closed || record.get(LONG, recordOffset + FORGERIES) > FORGERIES_LIMIT) {
      return BAD_TAG;
    }
    long idOffset = offset + (v2 ? 4 : 1);
    int id = packet.get(INT, idOffset);
    long tagOffset = idOffset + ID_BYTES;
    boolean authentic =
        opening.open(
            id,
            openingIv,
            packet,
            v2 ? offset : idOffset,
            v2 ? 4 + ID_BYTES : ID_BYTES,
            tagOffset + Aead.TAG_BYTES,
            payload,
            tagOffset);
    add(RX_USAGE, usage(length));
    if (!authentic) {
      add(FORGERIES, 1);
      return BAD_TAG;
    }
    if (!ReplayWindow.accept(record, recordOffset + RX_WINDOW, id & 0xFFFFFFFFL)) {
      return REPLAY;
    }
    return payload;
  }

  /** Whether the key nears an end: of its packet ids, or of what its cipher may safely encrypt. */
  public boolean needsRenegotiation() {
    if (closed) {
      return false;
    }
    return record.get(LONG, recordOffset + TX_ID) >= RENEGOTIATION_ID
        || record.get(LONG, recordOffset + FORGERIES) > FORGERIES_RENEGOTIATION
        || (limited
            && (record.get(LONG, recordOffset + TX_USAGE) >= GCM_USAGE_LIMIT
                || record.get(LONG, recordOffset + RX_USAGE) >= GCM_USAGE_LIMIT));
  }

  /** Wipes keys and record; after that nothing is sealed or opened. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    sealing.close();
    opening.close();
    record.asSlice(recordOffset, RECORD_BYTES).fill((byte) 0);
  }

  private void add(long field, long amount) {
    record.set(LONG, recordOffset + field, record.get(LONG, recordOffset + field) + amount);
  }

  /** Digest 5.6: one for the packet and one for each block; the header counts as payload. */
  private static long usage(int packetLength) {
    return 1L + ((packetLength + 15) >> 4);
  }

  private static long marker(DataCipher cipher, int keyId, byte[] sealingKey, byte[] openingKey) {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      hash.update((byte) cipher.ordinal());
      hash.update((byte) keyId);
      hash.update(sealingKey);
      hash.update(openingKey);
      long marker = ByteBuffer.wrap(hash.digest()).getLong();
      return marker == 0 ? 1 : marker;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
