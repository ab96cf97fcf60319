package dev.ovenbird.server.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where the fields of struct virtio_net_hdr lie (linux/virtio_net.h); the machine's byte order. */
final class VnetHeader {
  static final int BYTES = 10;

  /** The transport checksum holds the pseudo-header's sum only. */
  static final int NEEDS_CHECKSUM = 1;

  static final int GSO_NONE = 0;
  static final int GSO_TCPV4 = 1;
  static final int GSO_TCPV6 = 4;
  static final int GSO_UDP_L4 = 5;

  /** Set beside the type where the first segment has CWR. */
  static final int GSO_ECN = 0x80;

  private static final int FLAGS = 0;
  private static final int GSO_TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int GSO_SIZE = 4;
  private static final int CHECKSUM_START = 6;
  private static final int CHECKSUM_OFFSET = 8;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private VnetHeader() {}

  static boolean needsChecksum(MemorySegment at, long offset) {
    return (at.get(ValueLayout.JAVA_BYTE, offset + FLAGS) & NEEDS_CHECKSUM) != 0;
  }

  static int gsoType(MemorySegment at, long offset) {
    return at.get(ValueLayout.JAVA_BYTE, offset + GSO_TYPE) & 0xff & ~GSO_ECN;
  }

  static int gsoSize(MemorySegment at, long offset) {
    return at.get(SHORT, offset + GSO_SIZE) & 0xffff;
  }

  static int checksumStart(MemorySegment at, long offset) {
    return at.get(SHORT, offset + CHECKSUM_START) & 0xffff;
  }

  static int checksumOffset(MemorySegment at, long offset) {
    return at.get(SHORT, offset + CHECKSUM_OFFSET) & 0xffff;
  }

  /** A packet as it is: one, with its checksum. */
  static void writePlain(MemorySegment to, long offset) {
    to.asSlice(offset, BYTES).fill((byte) 0);
  }

  /** Segments of {@code gsoSize} bytes under one header; the checksum covers the pseudo-header. */
  static void writeTcp(
      MemorySegment to, long offset, boolean ipv6, int ipBytes, int tcpBytes, int gsoSize) {
    int type = ipv6 ? GSO_TCPV6 : GSO_TCPV4;
    writeMerged(to, offset, type, ipBytes, tcpBytes, FlowPacket.TCP_CHECKSUM, gsoSize);
  }

  /** As {@link #writeTcp} for datagrams of either IP version. */
  static void writeUdp(MemorySegment to, long offset, int ipBytes, int gsoSize) {
    int headerBytes = FlowPacket.UDP_BYTES;
    writeMerged(to, offset, GSO_UDP_L4, ipBytes, headerBytes, FlowPacket.UDP_CHECKSUM, gsoSize);
  }

  private static void writeMerged(
      MemorySegment to,
      long offset,
      int type,
      int ipBytes,
      int headerBytes,
      int checksum,
      int gsoSize) {
    to.set(ValueLayout.JAVA_BYTE, offset + FLAGS, (byte) NEEDS_CHECKSUM);
    to.set(ValueLayout.JAVA_BYTE, offset + GSO_TYPE, (byte) type);
    to.set(SHORT, offset + HEADER_LENGTH, (short) (ipBytes + headerBytes));
    to.set(SHORT, offset + GSO_SIZE, (short) gsoSize);
    to.set(SHORT, offset + CHECKSUM_START, (short) ipBytes);
    to.set(SHORT, offset + CHECKSUM_OFFSET, (short) checksum);
  }
}
