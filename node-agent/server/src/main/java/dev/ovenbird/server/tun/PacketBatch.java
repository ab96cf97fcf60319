package dev.ovenbird.server.tun;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Up to {@link #capacity} tunnel packets, whole and with their checksums, each with where it lies.
 * A batch either owns its buffers ({@link #allocate}, to read into) or points into the buffers of
 * others ({@link #pointing}, to write from; valid until those buffers are used again). Not
 * thread-safe.
 */
public final class PacketBatch {
  private final MemorySegment[] segments;
  private final long[] offsets;
  private final int[] lengths;
  private final int slotBytes;
  private int size;

  private PacketBatch(int capacity, int slotBytes) {
    segments = new MemorySegment[capacity];
    java.util.Arrays.fill(segments, MemorySegment.NULL);
    offsets = new long[capacity];
    lengths = new int[capacity];
    this.slotBytes = slotBytes;
  }

  /** A batch with own buffers. */
  public static PacketBatch allocate(Arena arena, int capacity, int slotBytes) {
    PacketBatch batch = new PacketBatch(capacity, slotBytes);
    MemorySegment memory = arena.allocate((long) capacity * slotBytes, 64);
    for (int i = 0; i < capacity; i++) {
      batch.segments[i] = memory;
      batch.offsets[i] = (long) i * slotBytes;
    }
    return batch;
  }

  /** A batch without buffers. */
  public static PacketBatch pointing(int capacity) {
    return new PacketBatch(capacity, 0);
  }

  public int capacity() {
    return lengths.length;
  }

  public int size() {
    return size;
  }

  public boolean isFull() {
    return size == lengths.length;
  }

  public void clear() {
    size = 0;
  }

  /** Bytes that one packet may have in a batch with own buffers. */
  public int slotBytes() {
    return slotBytes;
  }

  public MemorySegment segment(int i) {
    return segments[i];
  }

  public long offset(int i) {
    return offsets[i];
  }

  public int length(int i) {
    return lengths[i];
  }

  /** The packet just put into slot {@link #size} of a batch with own buffers counts. */
  public void commit(int length) {
    lengths[size] = length;
    size++;
  }

  /** Points to a packet. */
  public void add(MemorySegment segment, long offset, int length) {
    segments[size] = segment;
    offsets[size] = offset;
    commit(length);
  }
}
