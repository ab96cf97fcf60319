package dev.ovenbird.linux.udp;

import dev.ovenbird.linux.call.SparseMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Native memory for one recvmmsg or sendmmsg: struct mmsghdr, iovec, socket address and control
 * buffer per slot, and the data. Layouts are those of 64-bit Linux with glibc.
 */
final class MessageVector {
  static final int MMSGHDR_BYTES = 64;
  static final int NAMELEN = 8;
  static final int CONTROL = 32;
  static final int CONTROLLEN = 40;
  static final int FLAGS = 48;
  static final int LENGTH = 56;
  private static final int IOV = 16;
  private static final int IOVLEN = 24;
  private static final int IOVEC_BYTES = 16;

  /**
   * IPV6_PKTINFO takes 40 bytes, IP_PKTINFO 32; a UDP_GRO or UDP_SEGMENT message takes 24 more,
   * which fit behind them.
   */
  static final int CONTROL_BYTES = 96;

  static final int CMSG_HEADER_BYTES = 16;
  static final int CMSG_LEVEL = 8;
  static final int CMSG_TYPE = 12;

  /** Slots at multiples of a page would all begin in the same few lines of the caches. */
  private static final int PAGE_BYTES = 4096;

  private static final int STAGGER_BYTES = 1536;

  final int slots;
  final int slotBytes;

  /** All headers; the data of slot i is at {@link #offset}. */
  final MemorySegment memory;

  private final int stride;
  private final long iovecs;
  private final long names;
  private final long controls;
  private final long data;

  MessageVector(Arena arena, int slots, int slotBytes) {
    if (slots < 1 || slots > 1024 || slotBytes < 1 || slotBytes > 65536) {
      throw new IllegalArgumentException(slots + " slots of " + slotBytes + " bytes");
    }
    this.slots = slots;
    this.slotBytes = slotBytes;
    int aligned = (slotBytes + 63) & -64;
    this.stride = aligned % PAGE_BYTES == 0 ? aligned + STAGGER_BYTES : aligned;
    this.iovecs = (long) slots * MMSGHDR_BYTES;
    this.names = iovecs + (long) slots * IOVEC_BYTES;
    this.controls = names + (long) slots * SocketAddresses.SLOT_BYTES;
    this.data = (controls + (long) slots * CONTROL_BYTES + 63) & -64L;
    this.memory = SparseMemory.allocate(arena, data + (long) slots * stride);
    for (int i = 0; i < slots; i++) {
      memory.set(ValueLayout.JAVA_LONG, header(i), memory.address() + name(i));
      memory.set(ValueLayout.JAVA_LONG, header(i) + IOV, memory.address() + iovec(i));
      memory.set(ValueLayout.JAVA_LONG, header(i) + IOVLEN, 1);
      memory.set(ValueLayout.JAVA_LONG, header(i) + CONTROL, memory.address() + control(i));
      memory.set(ValueLayout.JAVA_LONG, iovec(i), memory.address() + offset(i));
      setDataLength(i, slotBytes);
    }
  }

  long header(int slot) {
    return (long) slot * MMSGHDR_BYTES;
  }

  long name(int slot) {
    return names + (long) slot * SocketAddresses.SLOT_BYTES;
  }

  long control(int slot) {
    return controls + (long) slot * CONTROL_BYTES;
  }

  long offset(int slot) {
    return data + (long) slot * stride;
  }

  private long iovec(int slot) {
    return iovecs + (long) slot * IOVEC_BYTES;
  }

  void setDataLength(int slot, int length) {
    memory.set(ValueLayout.JAVA_LONG, iovec(slot) + 8, length);
  }

  /**
   * Makes a message of the data of {@code count} slots from {@code slot} on, which goes where the
   * first of them goes.
   */
  void gather(int message, int slot, int count, int nameBytes, long controlBytes) {
    long header = header(message);
    memory.set(ValueLayout.JAVA_LONG, header, memory.address() + name(slot));
    memory.set(ValueLayout.JAVA_INT, header + NAMELEN, nameBytes);
    memory.set(ValueLayout.JAVA_LONG, header + IOV, memory.address() + iovec(slot));
    memory.set(ValueLayout.JAVA_LONG, header + IOVLEN, count);
    memory.set(ValueLayout.JAVA_LONG, header + CONTROL, memory.address() + control(slot));
    memory.set(ValueLayout.JAVA_LONG, header + CONTROLLEN, controlBytes);
  }

  long address() {
    return memory.address();
  }
}
