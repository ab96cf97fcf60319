package dev.ovenbird.server.crypto;

import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.protocol.data.Aead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link Aead} on libcrypto. Native segments are worked on where they lie; heap segments, which
 * only tests and control traffic use, pass through a buffer.
 */
final class LibcryptoAead implements Aead {
  private static final int SCRATCH_BYTES = 2048;

  private final AeadContext context;
  private @Nullable MemorySegment scratch;
  private boolean closed;

  LibcryptoAead(AeadContext context) {
    this.context = context;
  }

  @Override
  public void seal(
      int nonceHead,
      long nonceTail,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long aadOffset,
      int aadLength,
      long outOffset,
      long tagOffset) {
    checkBounds(plain, plainOffset, length);
    checkBounds(out, aadOffset, aadLength);
    checkBounds(out, outOffset, length);
    checkBounds(out, tagOffset, TAG_BYTES);
    if (plain.isNative() && out.isNative()) {
      long base = out.address();
      context.seal(
          nonceHead,
          nonceTail,
          plain.address() + plainOffset,
          length,
          base + aadOffset,
          aadLength,
          base + outOffset,
          base + tagOffset);
      return;
    }
    MemorySegment buffer = buffer(aadLength + length + TAG_BYTES);
    MemorySegment.copy(out, aadOffset, buffer, 0, aadLength);
    MemorySegment.copy(plain, plainOffset, buffer, aadLength, length);
    long base = buffer.address();
    long text = base + aadLength;
    context.seal(nonceHead, nonceTail, text, length, base, aadLength, text, text + length);
    MemorySegment.copy(buffer, aadLength, out, outOffset, length);
    MemorySegment.copy(buffer, (long) aadLength + length, out, tagOffset, TAG_BYTES);
  }

  @Override
  public boolean open(
      int nonceHead,
      long nonceTail,
      MemorySegment packet,
      long aadOffset,
      int aadLength,
      long cipherOffset,
      int length,
      long tagOffset) {
    checkBounds(packet, aadOffset, aadLength);
    checkBounds(packet, cipherOffset, length);
    checkBounds(packet, tagOffset, TAG_BYTES);
    if (packet.isNative()) {
      long base = packet.address();
      return context.open(
          nonceHead,
          nonceTail,
          base + cipherOffset,
          length,
          base + aadOffset,
          aadLength,
          base + tagOffset);
    }
    MemorySegment buffer = buffer(aadLength + length + TAG_BYTES);
    MemorySegment.copy(packet, aadOffset, buffer, 0, aadLength);
    MemorySegment.copy(packet, cipherOffset, buffer, aadLength, length);
    MemorySegment.copy(packet, tagOffset, buffer, (long) aadLength + length, TAG_BYTES);
    long base = buffer.address();
    long text = base + aadLength;
    boolean authentic =
        context.open(nonceHead, nonceTail, text, length, base, aadLength, text + length);
    MemorySegment.copy(buffer, aadLength, packet, cipherOffset, length);
    return authentic;
  }

  /** What a MemorySegment's own accessors would check; libcrypto gets bare addresses. */
  private static void checkBounds(MemorySegment segment, long offset, long length) {
    if (offset < 0 || length < 0 || offset > segment.byteSize() - length) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d of a segment of %d".formatted(length, offset, segment.byteSize()));
    }
  }

  private MemorySegment buffer(int bytes) {
    if (closed) {
      throw new IllegalStateException("this key is closed");
    }
    MemorySegment buffer = scratch;
    if (buffer == null || buffer.byteSize() < bytes) {
      wipe();
      buffer = Arena.ofAuto().allocate(Math.max(bytes, SCRATCH_BYTES), 16);
      scratch = buffer;
    }
    return buffer;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.close();
      wipe();
    }
  }

  private void wipe() {
    if (scratch != null) {
      scratch.fill((byte) 0);
    }
  }
}
