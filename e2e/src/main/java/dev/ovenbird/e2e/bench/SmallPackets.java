package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.ReceiveBatch;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered UDP packets with 64 bytes of payload at a steady rate, sent by sendmmsg (which costs the
 * sender's processor a fraction of what iperf3 does) and without segmentation offload, so that each
 * passes the tunnel by itself; the receiver counts which arrive.
 */
final class SmallPackets {
  private static final int PAYLOAD_BYTES = 64;
  private static final int SLOTS = 64;
  private static final long TICK_NANOS = 500_000;
  private static final long LINGER_NANOS = 300_000_000;
  private static final UdpSocket.Options SENDER = new UdpSocket.Options(0, 4 << 20, false, false);
  private static final UdpSocket.Options RECEIVER =
      new UdpSocket.Options(32 << 20, 0, false, false);

  private final UdpSocket sender;
  private final UdpSocket receiver;
  private final Target target;
  private final BitSet arrived = new BitSet();
  private volatile boolean stopped;
  private volatile long lastArrivalNanos;

  /**
   * What came of a run.
   *
   * @param arrived of those sent, each counted once
   * @param seconds in which they were sent
   */
  record Result(int sent, int arrived, double seconds) {}

  private SmallPackets(UdpSocket sender, UdpSocket receiver, Target target) {
    this.sender = sender;
    this.receiver = receiver;
    this.target = target;
  }

  /**
   * Sends for that long and waits for what is under way.
   *
   * @param address of the receiver in the tunnel or behind it
   */
  static Result run(
      Namespace from, Namespace to, String address, int port, int perSecond, Duration time) {
    try (UdpSocket receiver =
            to.call(() -> UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, port, RECEIVER));
        UdpSocket sender =
            from.call(() -> UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, SENDER))) {
      Target target = Target.of(new InetSocketAddress(address, port));
      return new SmallPackets(sender, receiver, target).run(perSecond, time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending packets", e);
    }
  }

  private Result run(int perSecond, Duration time) throws InterruptedException {
    Thread receiving = Thread.ofPlatform().name("small-packets").daemon().start(this::receive);
    long begin = System.nanoTime();
    int sent = send(begin, perSecond, time.toNanos());
    double seconds = (System.nanoTime() - begin) / 1e9;
    lastArrivalNanos = System.nanoTime();
    while (System.nanoTime() - lastArrivalNanos < LINGER_NANOS) {
      LockSupport.parkNanos(TICK_NANOS);
    }
    stopped = true;
    receiving.join();
    return new Result(sent, arrived.cardinality(), seconds);
  }

  private int send(long begin, int perSecond, long nanos) {
    int number = 0;
    try (Arena arena = Arena.ofConfined()) {
      SendBatch batch = new SendBatch(arena, Family.V4, SLOTS, PAYLOAD_BYTES);
      for (long passed; (passed = System.nanoTime() - begin) < nanos; ) {
        long due = (long) (passed / 1e9 * perSecond);
        while (number < due) {
          int slot = batch.reserve();
          if (slot < 0) {
            break;
          }
          batch.memory().set(ValueLayout.JAVA_INT_UNALIGNED, batch.offset(slot), number++);
          target.commit(batch, slot, PAYLOAD_BYTES);
        }
        sender.send(batch);
        if (!batch.isEmpty() || number >= due) {
          LockSupport.parkNanos(TICK_NANOS);
        }
      }
      return number - batch.pending();
    }
  }

  private void receive() {
    try (Arena arena = Arena.ofConfined()) {
      ReceiveBatch batch = new ReceiveBatch(arena, SLOTS, 2 * PAYLOAD_BYTES);
      while (!stopped) {
        int count = receiver.receive(batch);
        for (int slot = 0; slot < count; slot++) {
          if (batch.length(slot) == PAYLOAD_BYTES) {
            int number = batch.memory().get(ValueLayout.JAVA_INT_UNALIGNED, batch.offset(slot));
            arrived.set(number & Integer.MAX_VALUE);
          }
        }
        if (count == 0) {
          LockSupport.parkNanos(TICK_NANOS);
        } else {
          lastArrivalNanos = System.nanoTime();
        }
      }
    }
  }
}
