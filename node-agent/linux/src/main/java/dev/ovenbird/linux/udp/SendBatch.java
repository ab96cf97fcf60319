package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.SocketAddresses.NETWORK_INT;
import static dev.ovenbird.linux.udp.SocketAddresses.NETWORK_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Datagrams that wait to be sent by one call. A ring: what a full socket did not take stays in
 * order. Allocated once. It belongs to sockets of one family at a time.
 *
 * <pre>{@code
 * int slot = batch.reserve();
 * int length = writeInto(batch.memory(), batch.offset(slot), batch.slotBytes());
 * batch.commit(slot, length, remoteHigh, remoteLow, remotePort, localHigh, localLow, 0);
 * socket.send(batch);
 * }</pre>
 */
public final class SendBatch {
  private static final int IPPROTO_IP = 0;
  private static final int IP_PKTINFO = 8;
  private static final int IP_PKTINFO_LEN = 28;
  private static final int IP_PKTINFO_SPACE = 32;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_PKTINFO_LEN = 36;
  private static final int IPV6_PKTINFO_SPACE = 40;

  private final MessageVector vector;
  private final Family family;

  /** Counted without end; slot = count modulo slots. */
  private long sent;

  private long committed;

  /**
   * @param family of the socket that sends it
   * @param slots datagrams per call, 1 to 1024
   * @param slotBytes longest datagram, 1 to 65536
   */
  public SendBatch(Arena arena, Family family, int slots, int slotBytes) {
    this.vector = new MessageVector(arena, slots, slotBytes);
    this.family = family;
  }

  /** Memory that is never freed. */
  public SendBatch(Family family, int slots, int slotBytes) {
    this(Arena.global(), family, slots, slotBytes);
  }

  public Family family() {
    return family;
  }

  public int slots() {
    return vector.slots;
  }

  public int slotBytes() {
    return vector.slotBytes;
  }

  /** Datagrams committed and not yet sent. */
  public int pending() {
    return (int) (committed - sent);
  }

  public boolean isEmpty() {
    return committed == sent;
  }

  /** The native memory that all slots lie in. */
  public MemorySegment memory() {
    return vector.memory;
  }

  /** Where a slot starts in {@link #memory()}; 64-byte aligned. */
  public long offset(int slot) {
    return vector.offset(Objects.checkIndex(slot, vector.slots));
  }

  /** The next free slot, or -1 if all wait to be sent. The same again until it is committed. */
  public int reserve() {
    return pending() == vector.slots ? -1 : slotOf(committed);
  }

  /**
   * Queues the datagram in the slot that {@link #reserve} gave.
   *
   * @param localHigh first half of the address to send from, both halves 0: the kernel chooses
   * @param interfaceIndex interface to leave by; heeded only if the remote address is IPv6
   *     link-local, since anything else must follow the routes
   * @throws IllegalArgumentException if an IPv4 socket is given an IPv6 address; whatever a peer
   *     sent to this socket can be answered
   */
  public void commit(
      int slot,
      int length,
      long remoteHigh,
      long remoteLow,
      int remotePort,
      long localHigh,
      long localLow,
      int interfaceIndex) {
    if (slot != slotOf(committed) || pending() == vector.slots) {
      throw new IllegalStateException("slot " + slot + " is not the reserved one");
    }
    Objects.checkFromIndexSize(0, length, vector.slotBytes);
    if (family == Family.V4 && !SocketAddresses.isMapped(remoteHigh, remoteLow)) {
      throw new IllegalArgumentException("an IPv6 address on an IPv4 socket");
    }
    int scope = SocketAddresses.isLinkLocal(remoteHigh) ? interfaceIndex : 0;
    SocketAddresses.put(
        vector.memory, vector.name(slot), family, remoteHigh, remoteLow, remotePort, scope);
    vector.setDataLength(slot, length);
    long header = vector.header(slot);
    vector.memory.set(ValueLayout.JAVA_INT, header + MessageVector.NAMELEN, family.sockaddrBytes);
    vector.memory.set(
        ValueLayout.JAVA_LONG,
        header + MessageVector.CONTROLLEN,
        putSource(vector.control(slot), localHigh, localLow, scope));
    committed++;
  }

  /** Writes the source address as a control message; returns the bytes of all messages. */
  private long putSource(long at, long localHigh, long localLow, int scope) {
    if (localHigh == 0 && localLow == 0) {
      return 0;
    }
    MemorySegment memory = vector.memory;
    long value = at + MessageVector.CMSG_HEADER_BYTES;
    boolean v4 = family == Family.V4;
    memory.set(ValueLayout.JAVA_LONG, at, v4 ? IP_PKTINFO_LEN : IPV6_PKTINFO_LEN);
    memory.set(ValueLayout.JAVA_INT, at + MessageVector.CMSG_LEVEL, v4 ? IPPROTO_IP : IPPROTO_IPV6);
    memory.set(ValueLayout.JAVA_INT, at + MessageVector.CMSG_TYPE, v4 ? IP_PKTINFO : IPV6_PKTINFO);
    if (v4) {
      memory.set(ValueLayout.JAVA_INT, value, 0);
      memory.set(NETWORK_INT, value + 4, (int) localLow);
      memory.set(NETWORK_INT, value + 8, 0);
    } else {
      memory.set(NETWORK_LONG, value, localHigh);
      memory.set(NETWORK_LONG, value + 8, localLow);
      memory.set(ValueLayout.JAVA_INT, value + 16, scope);
    }
    // A UDP_SEGMENT message (level 17, type 103, an unsigned short) would follow here.
    return v4 ? IP_PKTINFO_SPACE : IPV6_PKTINFO_SPACE;
  }

  /** Address of the oldest pending header. */
  long address() {
    return vector.address() + vector.header(slotOf(sent));
  }

  /** Pending datagrams whose headers follow each other in memory. */
  int contiguous() {
    return Math.min(pending(), vector.slots - slotOf(sent));
  }

  /** Takes the oldest datagrams out: sent, or given up. */
  void remove(int count) {
    sent += count;
  }

  private int slotOf(long counted) {
    return (int) (counted % vector.slots);
  }
}
