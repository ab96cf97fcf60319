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
  private final MessageRuns runs;

  /** Counted without end; slot = count modulo slots. */
  private long sent;

  private long committed;

  // The path of the datagram committed last.
  private long remoteHigh;
  private long remoteLow;
  private int remotePort;
  private long localHigh;
  private long localLow;
  private int scope;

  /**
   * @param family of the socket that sends it
   * @param slots datagrams per call, 1 to 1024
   * @param slotBytes longest datagram, 1 to 65536
   */
  public SendBatch(Arena arena, Family family, int slots, int slotBytes) {
    this.vector = new MessageVector(arena, slots, slotBytes);
    this.family = family;
    this.runs = new MessageRuns(vector, family.sockaddrBytes);
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
    int sourceBytes = putSource(vector.control(slot), localHigh, localLow, scope);
    runs.put(
        slot,
        length,
        sourceBytes,
        isLastPath(remoteHigh, remoteLow, remotePort, localHigh, localLow, scope));
    this.remoteHigh = remoteHigh;
    this.remoteLow = remoteLow;
    this.remotePort = remotePort;
    this.localHigh = localHigh;
    this.localLow = localLow;
    this.scope = scope;
    committed++;
  }

  private boolean isLastPath(
      long remoteHigh, long remoteLow, int remotePort, long localHigh, long localLow, int scope) {
    return this.remoteLow == remoteLow
        && this.remotePort == remotePort
        && this.remoteHigh == remoteHigh
        && this.localLow == localLow
        && this.localHigh == localHigh
        && this.scope == scope;
  }

  /** Writes the source address as a control message; returns its bytes. */
  private int putSource(long at, long localHigh, long localLow, int scope) {
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
    return v4 ? IP_PKTINFO_SPACE : IPV6_PKTINFO_SPACE;
  }

  /**
   * Makes messages of the pending datagrams whose slots follow each other in memory.
   *
   * @param segmentation a run on one path and of one length may become one message
   */
  void gather(boolean segmentation) {
    int slot = slotOf(sent);
    runs.gather(slot, Math.min(pending(), vector.slots - slot), segmentation);
  }

  /** Messages gathered and not yet sent. */
  int messages() {
    return runs.messages();
  }

  /** Address of the first of them. */
  long address() {
    return runs.address();
  }

  /** Datagrams in the first of them. */
  int datagrams() {
    return runs.datagrams();
  }

  /** Takes the first messages out: sent, or given up. Returns how many datagrams they held. */
  int remove(int messages) {
    int removed = runs.remove(messages);
    sent += removed;
    return removed;
  }

  /** The datagrams of the first message will be gathered one by one. */
  void separate() {
    runs.separate(slotOf(sent), runs.datagrams());
  }

  private int slotOf(long counted) {
    return (int) (counted % vector.slots);
  }
}
