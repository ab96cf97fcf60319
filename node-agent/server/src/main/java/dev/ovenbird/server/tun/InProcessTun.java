package dev.ovenbird.server.tun;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A TUN whose other end is this program: {@link #send} and {@link #receive} from any thread, one IP
 * packet a call. Both directions are bounded queues that drop when full, as a network would.
 */
public final class InProcessTun implements Tun {
  private static final Runnable NOBODY = () -> {};

  private final int mtu;
  private final BlockingQueue<byte[]> toTunnel;
  private final BlockingQueue<byte[]> fromTunnel;
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final AtomicReference<Runnable> signal = new AtomicReference<>(NOBODY);
  private volatile boolean closed;

  /**
   * @param mtu largest packet, bytes
   * @param packets how many wait at most, each way
   */
  public InProcessTun(int mtu, int packets) {
    this.mtu = mtu;
    this.toTunnel = new ArrayBlockingQueue<>(packets);
    this.fromTunnel = new ArrayBlockingQueue<>(packets);
  }

  /**
   * Puts an IP packet into the tunnel; the array is kept.
   *
   * @return false if it was dropped: too large, queue full, or closed
   */
  public boolean send(byte[] packet) {
    if (closed || packet.length > mtu || !toTunnel.offer(packet)) {
      return false;
    }
    if (signalled.compareAndSet(false, true)) {
      signal.get().run();
    }
    return true;
  }

  /** The next IP packet that came out of the tunnel; null if none came in time. */
  public byte @Nullable [] receive(Duration atMost) throws InterruptedException {
    return fromTunnel.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public int descriptor() {
    return -1;
  }

  @Override
  public void onReadable(Runnable run) {
    signal.set(run);
    // What came before was signalled to nobody.
    if (!toTunnel.isEmpty()) {
      signalled.set(true);
      run.run();
    }
  }

  @Override
  public int read(PacketBatch into) {
    into.clear();
    // Before the first poll: a packet that comes after the last one is signalled anew.
    signalled.set(false);
    while (!into.isFull()) {
      byte[] packet = toTunnel.poll();
      if (packet == null) {
        break;
      }
      if (packet.length <= into.slotBytes()) {
        int slot = into.size();
        MemorySegment.copy(
            packet, 0, into.segment(slot), ValueLayout.JAVA_BYTE, into.offset(slot), packet.length);
        into.commit(packet.length);
      }
    }
    return into.size();
  }

  @Override
  public int write(PacketBatch from) {
    int written = 0;
    for (int i = 0; i < from.size(); i++) {
      byte[] packet = new byte[from.length(i)];
      MemorySegment.copy(
          from.segment(i), ValueLayout.JAVA_BYTE, from.offset(i), packet, 0, packet.length);
      if (!closed && fromTunnel.offer(packet)) {
        written++;
      }
    }
    return written;
  }

  @Override
  public void close() {
    closed = true;
    toTunnel.clear();
    signal.set(NOBODY);
  }

  /** For logs. */
  @Override
  public String toString() {
    return "in process";
  }
}
