package dev.ovenbird.server.tun;

import dev.ovenbird.linux.tun.TunDevice;

/** A TUN device of the kernel without offloads: one packet per system call. */
public final class KernelTun implements Tun {
  private final TunDevice device;
  private final int mtu;

  /**
   * @param device opened without vnet header; closed by {@link #close}
   */
  public KernelTun(TunDevice device, int mtu) {
    this.device = device;
    this.mtu = mtu;
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
      int slot = into.size();
      int length = device.read(into.segment(slot), into.offset(slot), into.slotBytes());
      if (length <= 0) {
        break;
      }
      into.commit(length);
    }
    return into.size();
  }

  @Override
  public int write(PacketBatch from) {
    int written = 0;
    for (int i = 0; i < from.size(); i++) {
      if (device.write(from.segment(i), from.offset(i), from.length(i)) > 0) {
        written++;
      }
    }
    return written;
  }

  @Override
  public void close() {
    device.close();
  }

  /** For logs: what one call takes. */
  @Override
  public String toString() {
    return "single packets";
  }
}
