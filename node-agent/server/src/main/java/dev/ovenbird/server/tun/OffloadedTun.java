package dev.ovenbird.server.tun;

import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.server.offload.Coalescer;
import dev.ovenbird.server.offload.SuperPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A TUN device of the kernel with segmentation offload: one read brings up to 64 KB of a flow, one
 * write takes as much, of UDP where the kernel can. What a batch gives and takes are single packets
 * all the same.
 */
public final class OffloadedTun implements Tun {
  private static final int SUPER_BYTES = 65_536 + TunDevice.VNET_HEADER_BYTES;

  private final TunDevice device;
  private final int mtu;
  private final MemorySegment buffer;
  private final SuperPacket current = new SuperPacket();
  private final Coalescer coalescer;

  /**
   * @param device opened with vnet header; closed by {@link #close}
   * @param arena for buffers; outlives this
   */
  public OffloadedTun(TunDevice device, int mtu, Arena arena) {
    if (!device.vnetHeader()) {
      throw new IllegalArgumentException(device + " has no vnet header");
    }
    this.device = device;
    this.mtu = mtu;
    this.buffer = arena.allocate(SUPER_BYTES, 64);
    this.coalescer = new Coalescer(arena, device.udpSegmentation(), device::write);
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public int descriptor() {
    return device.fd();
  }

  @Override
  public void onReadable(Runnable signal) {
    throw new UnsupportedOperationException("watch the descriptor");
  }

  @Override
  public int read(PacketBatch into) {
    into.clear();
    while (!into.isFull()) {
      if (!current.hasNext()) {
        int length = device.read(buffer, 0, SUPER_BYTES);
        if (length <= 0) {
          break;
        }
        if (!current.begin(buffer, 0, length)) {
          continue;
        }
      }
      int slot = into.size();
      int length = current.nextLength();
      if (length > into.slotBytes()) {
        // Nothing that fits the interface's MTU is this long.
        current.skip();
        continue;
      }
      current.next(into.segment(slot), into.offset(slot));
      into.commit(length);
    }
    return into.size();
  }

  @Override
  public int write(PacketBatch from) {
    for (int i = 0; i < from.size(); i++) {
      coalescer.add(from.segment(i), from.offset(i), from.length(i));
    }
    return coalescer.flush();
  }

  @Override
  public void close() {
    device.close();
  }

  /** For logs: what one call takes. */
  @Override
  public String toString() {
    return device.udpSegmentation() ? "runs of TCP and UDP" : "runs of TCP";
  }
}
