package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.SocketAddresses.NETWORK_INT;
import static dev.ovenbird.linux.udp.SocketAddresses.NETWORK_LONG;

import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Room for datagrams received by one call, and where each came from and went to. Filled by {@link
 * UdpSocket#receive}; what it says is valid until the next one. Allocated once; a caller may write
 * into the slots (decrypt in place). A slot holds one datagram, or a run of one sender's if the
 * socket receives runs.
 */
public final class ReceiveBatch {
  /** Slots of this length hold every run. */
  public static final int RUN_BYTES = 65_536;

  private static final int IPPROTO_IP = 0;
  private static final int IP_PKTINFO = 8;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_PKTINFO = 50;

  final MessageVector vector;
  private final long[] remoteHigh;
  private final long[] remoteLow;
  private final int[] remotePort;
  private final long[] localHigh;
  private final long[] localLow;
  private final int[] interfaceIndex;
  private final int[] length;
  private final int[] segmentBytes;
  private final boolean[] truncated;
  private int count;

  /**
   * @param slots datagrams or runs per call, 1 to 1024
   * @param slotBytes longest datagram or run, 1 to 65536
   */
  public ReceiveBatch(Arena arena, int slots, int slotBytes) {
    vector = new MessageVector(arena, slots, slotBytes);
    remoteHigh = new long[slots];
    remoteLow = new long[slots];
    remotePort = new int[slots];
    localHigh = new long[slots];
    localLow = new long[slots];
    interfaceIndex = new int[slots];
    length = new int[slots];
    segmentBytes = new int[slots];
    truncated = new boolean[slots];
    prepare(slots);
  }

  /** Memory that is never freed. */
  public ReceiveBatch(int slots, int slotBytes) {
    this(Arena.global(), slots, slotBytes);
  }

  public int slots() {
    return vector.slots;
  }

  /** Slots that the last receive has filled. */
  public int count() {
    return count;
  }

  /** The native memory that all slots lie in. */
  public MemorySegment memory() {
    return vector.memory;
  }

  /** Where the slot starts in {@link #memory()}; 64-byte aligned. */
  public long offset(int slot) {
    return vector.offset(Objects.checkIndex(slot, vector.slots));
  }

  /** Bytes of the datagram or of the whole run, at most the slot's. */
  public int length(int slot) {
    return length[slot];
  }

  /**
   * Bytes of each datagram of a run, of which the last may be shorter; {@link #length} if there is
   * one datagram. Never more than that.
   */
  public int segmentBytes(int slot) {
    return segmentBytes[slot];
  }

  /** First half of the sender's address; IPv4 as ::ffff:a.b.c.d. */
  public long remoteHigh(int slot) {
    return remoteHigh[slot];
  }

  public long remoteLow(int slot) {
    return remoteLow[slot];
  }

  public int remotePort(int slot) {
    return remotePort[slot];
  }

  /** First half of the address that it was sent to; IPv4 as ::ffff:a.b.c.d. */
  public long localHigh(int slot) {
    return localHigh[slot];
  }

  public long localLow(int slot) {
    return localLow[slot];
  }

  /** Interface that it came in by. */
  public int interfaceIndex(int slot) {
    return interfaceIndex[slot];
  }

  /** Whether the datagram or the run was longer than the slot. */
  public boolean truncated(int slot) {
    return truncated[slot];
  }

  long address() {
    return vector.address();
  }

  /** Reads the headers of {@code received} messages and makes them ready for the next call. */
  void take(int received) {
    for (int i = 0; i < received; i++) {
      takeName(i);
      takeControl(i);
      long header = vector.header(i);
      length[i] = vector.memory.get(ValueLayout.JAVA_INT, header + MessageVector.LENGTH);
      int flags = vector.memory.get(ValueLayout.JAVA_INT, header + MessageVector.FLAGS);
      truncated[i] = (flags & SocketCalls.MSG_TRUNC) != 0;
      if (segmentBytes[i] <= 0 || segmentBytes[i] > length[i]) {
        segmentBytes[i] = length[i];
      }
    }
    prepare(received);
    count = received;
  }

  private void takeName(int slot) {
    MemorySegment memory = vector.memory;
    long name = vector.name(slot);
    remotePort[slot] = SocketAddresses.port(memory, name);
    if (memory.get(ValueLayout.JAVA_SHORT, name) == SocketCalls.AF_INET) {
      remoteHigh[slot] = 0;
      remoteLow[slot] =
          SocketAddresses.mapped(memory.get(NETWORK_INT, name + SocketAddresses.V4_ADDRESS));
    } else {
      remoteHigh[slot] = memory.get(NETWORK_LONG, name + SocketAddresses.V6_ADDRESS);
      remoteLow[slot] = memory.get(NETWORK_LONG, name + SocketAddresses.V6_ADDRESS + 8);
    }
  }

  private void takeControl(int slot) {
    localHigh[slot] = 0;
    localLow[slot] = 0;
    interfaceIndex[slot] = 0;
    segmentBytes[slot] = 0;
    MemorySegment memory = vector.memory;
    long at = vector.control(slot);
    long left = memory.get(ValueLayout.JAVA_LONG, vector.header(slot) + MessageVector.CONTROLLEN);
    while (left >= MessageVector.CMSG_HEADER_BYTES) {
      long length = memory.get(ValueLayout.JAVA_LONG, at);
      if (length < MessageVector.CMSG_HEADER_BYTES || length > left) {
        return;
      }
      int level = memory.get(ValueLayout.JAVA_INT, at + MessageVector.CMSG_LEVEL);
      int type = memory.get(ValueLayout.JAVA_INT, at + MessageVector.CMSG_TYPE);
      long value = at + MessageVector.CMSG_HEADER_BYTES;
      if (level == IPPROTO_IP && type == IP_PKTINFO) {
        // ipi_spec_dst, the address to answer from: not ipi_addr, which may be a broadcast.
        interfaceIndex[slot] = memory.get(ValueLayout.JAVA_INT, value);
        localLow[slot] = SocketAddresses.mapped(memory.get(NETWORK_INT, value + 4));
      } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
        localHigh[slot] = memory.get(NETWORK_LONG, value);
        localLow[slot] = memory.get(NETWORK_LONG, value + 8);
        interfaceIndex[slot] = memory.get(ValueLayout.JAVA_INT, value + 16);
      } else if (level == SocketCalls.SOL_UDP
          && type == SocketCalls.UDP_GRO
          && length >= MessageVector.CMSG_HEADER_BYTES + ValueLayout.JAVA_INT.byteSize()) {
        segmentBytes[slot] = memory.get(ValueLayout.JAVA_INT, value);
      }
      long step = (length + 7) & -8L;
      at += step;
      left -= step;
    }
  }

  private void prepare(int used) {
    for (int i = 0; i < used; i++) {
      long header = vector.header(i);
      vector.memory.set(
          ValueLayout.JAVA_INT, header + MessageVector.NAMELEN, SocketAddresses.SLOT_BYTES);
      vector.memory.set(
          ValueLayout.JAVA_LONG, header + MessageVector.CONTROLLEN, MessageVector.CONTROL_BYTES);
      vector.memory.set(ValueLayout.JAVA_INT, header + MessageVector.FLAGS, 0);
    }
  }
}
