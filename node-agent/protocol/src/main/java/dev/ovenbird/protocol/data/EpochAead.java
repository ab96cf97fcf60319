package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;

/**
 * The key of one epoch and one direction, with the packet layout that goes with it (digest 5.5).
 */
final class EpochAead implements AutoCloseable {
  /** Header, then epoch and counter: the additional data, in front of the text. */
  static final int PREFIX_BYTES = 4 + 8;

  static final int OVERHEAD = PREFIX_BYTES + Aead.TAG_BYTES;

  private final int epoch;
  private final Aead aead;
  private final int ivHead;
  private final long ivTail;

  EpochAead(int epoch, Aead aead, int ivHead, long ivTail) {
    this.epoch = epoch;
    this.aead = aead;
    this.ivHead = ivHead;
    this.ivTail = ivTail;
  }

  int epoch() {
    return epoch;
  }

  /**
   * Encrypts behind a prefix that lies at {@code outOffset} already, and puts the tag at the end.
   */
  void seal(
      long id,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset) {
    long text = outOffset + PREFIX_BYTES;
    aead.seal(
        ivHead ^ (int) (id >>> 32),
        ivTail ^ (id << 32),
        plain,
        plainOffset,
        length,
        out,
        outOffset,
        PREFIX_BYTES,
        text,
        text + length);
  }

  /** Decrypts {@code length} bytes behind the prefix in place; false if they are not authentic. */
  boolean open(long id, MemorySegment packet, long offset, int length) {
    long text = offset + PREFIX_BYTES;
    return aead.open(
        ivHead ^ (int) (id >>> 32),
        ivTail ^ (id << 32),
        packet,
        offset,
        PREFIX_BYTES,
        text,
        length,
        text + length);
  }

  /** Wipes the key. */
  @Override
  public void close() {
    aead.close();
  }
}
