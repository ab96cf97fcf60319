package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;

/**
 * Seals payloads in a session's framing; where that has bytes of its own, at the cost of a copy.
 */
public final class Framer {
  private final CompressionFraming framing;
  private MemorySegment scratch = MemorySegment.NULL;

  public Framer(CompressionFraming framing) {
    this.framing = framing;
  }

  /** As {@link DataKey#seal}, with the payload framed. */
  public int seal(
      DataKey key,
      int peerId,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset) {
    int framed = length + framing.bytes();
    if (framed == length || length < 1) {
      return key.seal(peerId, plain, plainOffset, length, out, outOffset);
    }
    if (scratch.byteSize() < framed) {
      scratch = MemorySegment.ofArray(new byte[Math.max(framed, 2048)]);
    }
    framing.frame(plain, plainOffset, length, scratch);
    return key.seal(peerId, scratch, 0, framed, out, outOffset);
  }
}
