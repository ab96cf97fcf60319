package dev.ovenbird.linux.udp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Layout of struct sockaddr_in and sockaddr_in6, and addresses as two longs. */
final class SocketAddresses {
  static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt NETWORK_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong NETWORK_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Room for either. */
  static final int SLOT_BYTES = 32;

  static final int PORT = 2;
  static final int V4_ADDRESS = 4;
  static final int V6_ADDRESS = 8;
  static final int V6_SCOPE = 24;

  private static final long MAPPED = 0xffff_0000_0000L;

  private SocketAddresses() {}

  /** The low half of ::ffff:a.b.c.d. */
  static long mapped(int ipv4) {
    return MAPPED | (ipv4 & 0xffff_ffffL);
  }

  static boolean isMapped(long high, long low) {
    return high == 0 && (low >>> 32) == 0xffff;
  }

  static boolean isLinkLocal(long high) {
    return (high >>> 54) == 0xfe80 >>> 6;
  }

  static int port(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(NETWORK_SHORT, at + PORT));
  }

  /** Writes all fields. {@code scope} is an interface index, for IPv6 link-local addresses. */
  static void put(
      MemorySegment memory, long at, Family family, long high, long low, int port, int scope) {
    memory.set(ValueLayout.JAVA_SHORT, at, (short) family.domain);
    memory.set(NETWORK_SHORT, at + PORT, (short) port);
    if (family == Family.V4) {
      memory.set(NETWORK_INT, at + V4_ADDRESS, (int) low);
      memory.set(NETWORK_LONG, at + 8, 0);
    } else {
      memory.set(NETWORK_INT, at + 4, 0);
      memory.set(NETWORK_LONG, at + V6_ADDRESS, high);
      memory.set(NETWORK_LONG, at + V6_ADDRESS + 8, low);
      memory.set(ValueLayout.JAVA_INT, at + V6_SCOPE, scope);
    }
  }
}
