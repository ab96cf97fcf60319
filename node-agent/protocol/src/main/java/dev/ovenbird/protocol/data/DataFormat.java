package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What the data packets of a session look like; settled by its first key exchange, for all of its
 * keys.
 *
 * @param epoch whether keys follow each other by epoch (digest 5.5); AEAD ciphers and DATA_V2 only
 * @param auth digest of the packet HMAC; counts with CBC ciphers only
 */
public record DataFormat(
    DataCipher cipher, boolean epoch, DataAuth auth, CompressionFraming framing) {
  /** More than any format adds to a payload. */
  public static final int MAX_OVERHEAD = 128;

  /** Less than any format adds to a payload of DATA_V2. */
  public static final int LEAST_OVERHEAD_V2 = 24;

  /** Less than any format adds to a payload of DATA_V1. */
  public static final int LEAST_OVERHEAD_V1 = 21;

  public DataFormat {
    if (epoch && !cipher.isAead()) {
      throw new IllegalArgumentException(cipher + " knows no epochs");
    }
  }

  /** With nothing beside the cipher. */
  public static DataFormat of(DataCipher cipher) {
    return new DataFormat(cipher, false, DataAuth.DEFAULT, CompressionFraming.NONE);
  }

  /**
   * Starts a key that was never used: the record is zeroed, then marked.
   *
   * @param block stays the caller's, who wipes it
   * @param self the role of this side
   * @param keyId 0 … 7
   * @param record {@link DataKey#RECORD_BYTES} bytes from {@code recordOffset}
   * @throws IllegalStateException if a key of the block is all zero
   */
  public DataKey key(
      AeadProvider provider,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment record,
      long recordOffset) {
    return key(provider, block, self, keyId, record, recordOffset, false);
  }

  /**
   * Goes on with a key of an earlier process: its packet ids continue, and what it received up to
   * its highest id is not received again.
   *
   * @return null if the record is not that of this key
   */
  public @Nullable DataKey resume(
      AeadProvider provider,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment record,
      long recordOffset) {
    try {
      return key(provider, block, self, keyId, record, recordOffset, true);
    } catch (KeyRecord.StaleRecordException e) {
      return null;
    }
  }

  private DataKey key(
      AeadProvider provider,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment record,
      long offset,
      boolean resumed) {
    if (keyId < 0 || keyId > 7) {
      throw new IllegalArgumentException("key id " + keyId);
    }
    if (!cipher.isAead()) {
      return new CbcDataKey(this, block, self, keyId, record, offset, resumed);
    }
    return epoch
        ? new EpochDataKey(provider, cipher, block, self, keyId, record, offset, resumed)
        : new ClassicDataKey(provider, cipher, block, self, keyId, record, offset, resumed);
  }

  /** Bytes that a packet is longer than its payload, at the most. */
  public int overhead(boolean v2) {
    int padding = cipher.isAead() ? 0 : CbcCipher.BLOCK;
    int tail = epoch ? Aead.TAG_BYTES : padding;
    return plaintextOffset(v2) + tail + framing.bytes();
  }

  /** Where the payload of an opened packet begins, in its framing, from the packet's first byte. */
  public int plaintextOffset(boolean v2) {
    if (epoch) {
      return EpochAead.PREFIX_BYTES;
    }
    return cipher.isAead()
        ? ClassicDataKey.overhead(v2)
        : DataHeader.bytes(v2) + auth.bytes() + CbcCipher.BLOCK + CbcDataKey.ID_BYTES;
  }
}
