package dev.ovenbird.linux.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One netlink message under construction (linux/netlink.h). Allocated once, used again. */
final class Request {
  static final int HEADER_BYTES = 16;

  static final int REQUEST = 0x1;
  static final int ACK = 0x4;
  static final int REPLACE = 0x100;
  static final int CREATE = 0x400;
  static final int DUMP = 0x300;

  private static final ValueLayout.OfLong NETWORK_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NETWORK_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  final MemorySegment memory;
  private int end;

  Request(Arena arena) {
    memory = arena.allocate(1024, 8);
  }

  Request begin(int type, int flags) {
    memory.fill((byte) 0);
    memory.set(ValueLayout.JAVA_SHORT, 4, (short) type);
    memory.set(ValueLayout.JAVA_SHORT, 6, (short) (flags | REQUEST));
    end = HEADER_BYTES;
    return this;
  }

  /** struct ifinfomsg. */
  Request link(int index, int flags, int changed) {
    memory.set(ValueLayout.JAVA_INT, end + 4, index);
    memory.set(ValueLayout.JAVA_INT, end + 8, flags);
    memory.set(ValueLayout.JAVA_INT, end + 12, changed);
    end += 16;
    return this;
  }

  /** struct ifaddrmsg. */
  Request address(int family, int bits, int index) {
    memory.set(ValueLayout.JAVA_BYTE, end, (byte) family);
    memory.set(ValueLayout.JAVA_BYTE, end + 1, (byte) bits);
    memory.set(ValueLayout.JAVA_INT, end + 4, index);
    end += 8;
    return this;
  }

  /** struct rtmsg. */
  Request route(int family, int bits, int table, int protocol, int scope, int type) {
    memory.set(ValueLayout.JAVA_BYTE, end, (byte) family);
    memory.set(ValueLayout.JAVA_BYTE, end + 1, (byte) bits);
    memory.set(ValueLayout.JAVA_BYTE, end + 4, (byte) table);
    memory.set(ValueLayout.JAVA_BYTE, end + 5, (byte) protocol);
    memory.set(ValueLayout.JAVA_BYTE, end + 6, (byte) scope);
    memory.set(ValueLayout.JAVA_BYTE, end + 7, (byte) type);
    end += 12;
    return this;
  }

  Request attribute(int type, int value) {
    attributeHeader(type, 4);
    memory.set(ValueLayout.JAVA_INT, end, value);
    end += 4;
    return this;
  }

  Request attributeByte(int type, int value) {
    attributeHeader(type, 1);
    memory.set(ValueLayout.JAVA_BYTE, end, (byte) value);
    end += 4;
    return this;
  }

  /** The address of the prefix, 4 or 16 bytes. */
  Request attribute(int type, Prefix address) {
    if (address.ipv4()) {
      attributeHeader(type, 4);
      memory.set(NETWORK_INT, end, (int) address.low());
      end += 4;
    } else {
      attributeHeader(type, 16);
      memory.set(NETWORK_LONG, end, address.high());
      memory.set(NETWORK_LONG, end + 8, address.low());
      end += 16;
    }
    return this;
  }

  /** Begins an attribute that holds others; give what it returns to {@link #endNest}. */
  int beginNest(int type) {
    int at = end;
    attributeHeader(type, 0);
    return at;
  }

  void endNest(int at) {
    memory.set(ValueLayout.JAVA_SHORT, at, (short) (end - at));
  }

  private void attributeHeader(int type, int length) {
    memory.set(ValueLayout.JAVA_SHORT, end, (short) (4 + length));
    memory.set(ValueLayout.JAVA_SHORT, end + 2, (short) type);
    end += 4;
  }

  /** Writes length and number; returns the length. */
  int finish(int sequence) {
    memory.set(ValueLayout.JAVA_INT, 0, end);
    memory.set(ValueLayout.JAVA_INT, 8, sequence);
    return end;
  }
}
