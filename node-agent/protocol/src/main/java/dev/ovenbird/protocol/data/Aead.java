package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;

/**
 * An AEAD cipher with one key, for one direction. Not thread-safe. No allocation that grows with
 * the number of packets is the aim of every implementation. The 12-byte nonce is {@code nonceHead}
 * then {@code nonceTail}, both big-endian.
 */
public interface Aead extends AutoCloseable {
  int TAG_BYTES = 16;

  /**
   * Encrypts {@code length} bytes; ciphertext goes to {@code out} at {@code outOffset}, the tag to
   * {@code out} at {@code tagOffset}. The additional data lies in {@code out} too. {@code plain}
   * and {@code out} may be one segment only if plain and ciphertext ranges are identical or
   * disjoint.
   */
  void seal(
      int nonceHead,
      long nonceTail,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long aadOffset,
      int aadLength,
      long outOffset,
      long tagOffset);

  /**
   * Decrypts in place.
   *
   * @return false if the tag does not verify; the buffer's content is then undefined
   */
  boolean open(
      int nonceHead,
      long nonceTail,
      MemorySegment packet,
      long aadOffset,
      int aadLength,
      long cipherOffset,
      int length,
      long tagOffset);

  /** Wipes the key. */
  @Override
  void close();
}
