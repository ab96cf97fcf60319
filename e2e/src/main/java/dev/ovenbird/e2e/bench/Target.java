package dev.ovenbird.e2e.bench;

import dev.ovenbird.linux.udp.SendBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * An IPv4 address and port as a {@link SendBatch} has it.
 *
 * @param low of the address as ::ffff:a.b.c.d
 */
record Target(long low, int port) {
  private static final ValueLayout.OfInt NETWORK =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Of a resolved IPv4 address. */
  static Target of(InetSocketAddress address) {
    MemorySegment bytes = MemorySegment.ofArray(address.getAddress().getAddress());
    return new Target((0xffffL << 32) | (bytes.get(NETWORK, 0) & 0xffff_ffffL), address.getPort());
  }

  /** Queues the datagram in a reserved slot. */
  void commit(SendBatch batch, int slot, int length) {
    batch.commit(slot, length, 0, low, port, 0, 0, 0);
  }
}
