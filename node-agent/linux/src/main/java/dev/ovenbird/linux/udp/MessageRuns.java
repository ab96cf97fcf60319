package dev.ovenbird.linux.udp;

import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Makes the messages of one sendmmsg out of queued datagrams: a run on one path and of one length
 * becomes one message, which the kernel cuts up again (UDP_SEGMENT). The peer sees no difference.
 */
final class MessageRuns {
  /** UDP_MAX_SEGMENTS of the first kernels that segment; newer ones have 128. */
  static final int MAX_DATAGRAMS = 64;

  /** All of a run with its headers must fit an IP packet. */
  static final int MAX_BYTES = 65000;

  private static final int CMSG_SPACE = 24;

  private final MessageVector vector;
  private final int nameBytes;
  private final int[] lengths;
  private final int[] sourceBytes;

  /** Whether a slot's datagram may go in one message with that of the slot before. */
  private final boolean[] joins;

  /** Datagrams of each message. */
  private final int[] datagrams;

  /** Messages not yet taken by the kernel: from {@code first} to before {@code end}. */
  private int first;

  private int end;

  MessageRuns(MessageVector vector, int nameBytes) {
    this.vector = vector;
    this.nameBytes = nameBytes;
    this.lengths = new int[vector.slots];
    this.sourceBytes = new int[vector.slots];
    this.joins = new boolean[vector.slots];
    this.datagrams = new int[vector.slots];
  }

  /**
   * @param sourceBytes control messages that are in the slot
   * @param samePath as the datagram queued before it
   */
  void put(int slot, int length, int sourceBytes, boolean samePath) {
    this.lengths[slot] = length;
    this.sourceBytes[slot] = sourceBytes;
    this.joins[slot] = samePath;
    vector.setDataLength(slot, length);
  }

  /** Makes messages of the datagrams in {@code count} slots from {@code slot} on. */
  void gather(int slot, int count, boolean segmentation) {
    first = 0;
    end = 0;
    for (int at = slot; at < slot + count; end++) {
      int run = segmentation ? run(at, slot + count - at) : 1;
      int control = run == 1 ? sourceBytes[at] : putSegment(at);
      vector.gather(end, at, run, nameBytes, control);
      datagrams[end] = run;
      at += run;
    }
  }

  /** The last datagram of a run may be shorter; an empty one would be lost in it. */
  private int run(int slot, int limit) {
    int segment = lengths[slot];
    int bytes = segment;
    int most = Math.min(limit, MAX_DATAGRAMS);
    int count = 1;
    while (count < most && joins[slot + count]) {
      int next = lengths[slot + count];
      if (next == 0 || next > segment || bytes + next > MAX_BYTES) {
        break;
      }
      bytes += next;
      count++;
      if (next < segment) {
        break;
      }
    }
    return count;
  }

  /** Writes the length to cut at behind the source address; returns the bytes of both. */
  private int putSegment(int slot) {
    MemorySegment memory = vector.memory;
    long at = vector.control(slot) + sourceBytes[slot];
    long value = at + MessageVector.CMSG_HEADER_BYTES;
    memory.set(ValueLayout.JAVA_LONG, at, MessageVector.CMSG_HEADER_BYTES + 2L);
    memory.set(ValueLayout.JAVA_INT, at + MessageVector.CMSG_LEVEL, SocketCalls.SOL_UDP);
    memory.set(ValueLayout.JAVA_INT, at + MessageVector.CMSG_TYPE, SocketCalls.UDP_SEGMENT);
    memory.set(ValueLayout.JAVA_SHORT, value, (short) lengths[slot]);
    return sourceBytes[slot] + CMSG_SPACE;
  }

  /** Keeps the datagrams in {@code count} slots from {@code slot} on apart from now on. */
  void separate(int slot, int count) {
    for (int i = slot; i < slot + count; i++) {
      joins[i] = false;
    }
  }

  /** Messages left of those that were gathered. */
  int messages() {
    return end - first;
  }

  /** Address of the first message left. */
  long address() {
    return vector.address() + vector.header(first);
  }

  /** Datagrams in the first message left. */
  int datagrams() {
    return datagrams[first];
  }

  /** Takes the first messages out; returns how many datagrams they held. */
  int remove(int messages) {
    int removed = 0;
    for (int i = 0; i < messages; i++) {
      removed += datagrams[first++];
    }
    return removed;
  }
}
