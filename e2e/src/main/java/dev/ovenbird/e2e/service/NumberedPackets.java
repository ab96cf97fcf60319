package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.ReceiveBatch;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered UDP packets from one namespace to another at a steady rate; when each left and arrived.
 * The receiver's buffer holds seconds of them, so that what is lost was lost on the way. Both sides
 * take few system calls for many packets, so that the processors are left to what is tried.
 */
public final class NumberedPackets implements AutoCloseable {
  private static final int PAYLOAD_BYTES = 64;
  private static final int BATCH = 128;
  private static final long TICK_NANOS = 2_000_000;
  private static final UdpSocket.Options ROOMY = new UdpSocket.Options(64 << 20, 0, false);

  /** One by one: what is cut up later would be one packet in a queue. */
  private static final UdpSocket.Options SINGLY = new UdpSocket.Options(0, 4 << 20, false, false);

  private static final ValueLayout.OfInt NUMBER = ValueLayout.JAVA_INT_UNALIGNED;

  private final String name;
  private final int perSecond;
  private final InetSocketAddress target;
  private final long begin = System.nanoTime();

  /** Microseconds since the beginning, from 1 on; 0 = not yet. */
  private final int[] sentAt;

  private final int[] arrivedAt;
  private final UdpSocket receiver;
  private final UdpSocket sender;
  private final Thread receiving;
  private final Thread sending;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile boolean stopped;
  private volatile boolean ended;
  private final AtomicInteger repeated = new AtomicInteger();

  private NumberedPackets(
      String name,
      Namespace from,
      Namespace to,
      InetSocketAddress target,
      int perSecond,
      int seconds) {
    this.name = name;
    this.perSecond = perSecond;
    this.target = target;
    this.sentAt = new int[perSecond * seconds];
    this.arrivedAt = new int[perSecond * seconds];
    this.receiver =
        to.call(() -> UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, target.getPort(), ROOMY));
    this.sender = from.call(() -> UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, SINGLY));
    this.receiving = Thread.ofPlatform().daemon().name("receive " + name).start(this::receive);
    this.sending = Thread.ofPlatform().daemon().name("send " + name).start(this::send);
  }

  /**
   * Starts.
   *
   * @param address of the receiver
   * @param seconds at most
   */
  public static NumberedPackets start(
      String name,
      Namespace from,
      Namespace to,
      String address,
      int port,
      int perSecond,
      int seconds)
      throws IOException {
    InetSocketAddress target = new InetSocketAddress(InetAddress.getByName(address), port);
    return new NumberedPackets(name, from, to, target, perSecond, seconds);
  }

  private int micros(long nanos) {
    return (int) TimeUnit.NANOSECONDS.toMicros(nanos - begin) + 1;
  }

  private void send() {
    try (Arena arena = Arena.ofConfined()) {
      SendBatch batch = new SendBatch(arena, Family.V4, BATCH, PAYLOAD_BYTES);
      long start = System.nanoTime();
      while (!stopped && sent.get() < sentAt.length) {
        long due = (System.nanoTime() - start) * perSecond / TimeUnit.SECONDS.toNanos(1);
        send(batch, Math.min(due, sentAt.length));
        LockSupport.parkNanos(TICK_NANOS);
      }
    }
  }

  /** Sends up to the packet of this number; fewer if the socket is full. */
  private void send(SendBatch batch, long due) {
    int ipv4 = ByteBuffer.wrap(target.getAddress().getAddress()).getInt();
    long address = 0xffff_0000_0000L | Integer.toUnsignedLong(ipv4);
    while (sent.get() < due && batch.isEmpty()) {
      int now = micros(System.nanoTime());
      for (int slot = batch.reserve(); slot >= 0 && sent.get() < due; slot = batch.reserve()) {
        int number = sent.get();
        batch.memory().set(NUMBER, batch.offset(slot), number);
        batch.commit(slot, PAYLOAD_BYTES, 0, address, target.getPort(), 0, 0, 0);
        sentAt[number] = now;
        sent.set(number + 1);
      }
      sender.send(batch);
    }
    if (!batch.isEmpty()) {
      sender.send(batch);
    }
  }

  private void receive() {
    try (Arena arena = Arena.ofConfined()) {
      ReceiveBatch batch = new ReceiveBatch(arena, BATCH, 2048);
      while (!ended) {
        int count = receiver.receive(batch);
        int now = micros(System.nanoTime());
        for (int slot = 0; slot < count; slot++) {
          int number = batch.memory().get(NUMBER, batch.offset(slot));
          if (number < 0 || number >= arrivedAt.length || arrivedAt[number] != 0) {
            repeated.incrementAndGet();
          } else {
            arrivedAt[number] = now;
            arrived.incrementAndGet();
          }
        }
        if (count < BATCH) {
          LockSupport.parkNanos(TICK_NANOS);
        }
      }
    }
  }

  /** Sends no more, and receives until all have arrived or the time is over. */
  public void stop(Duration linger) throws InterruptedException {
    stopped = true;
    sending.join();
    long end = System.nanoTime() + linger.toNanos();
    while (System.nanoTime() < end && arrived.get() < sent.get()) {
      LockSupport.parkNanos(TICK_NANOS);
    }
    ended = true;
    receiving.join();
  }

  public String name() {
    return name;
  }

  public int sent() {
    return sent.get();
  }

  /** Packets that came more than once, or are not of this stream. */
  public int repeated() {
    return repeated.get();
  }

  /** How many of those sent between two times ({@link System#nanoTime}) have not arrived. */
  public int lost(long fromNanos, long toNanos) {
    int lost = 0;
    int end = firstSentSince(toNanos);
    for (int i = firstSentSince(fromNanos); i < end; i++) {
      if (arrivedAt[i] == 0) {
        lost++;
      }
    }
    return lost;
  }

  /** How many of all have not arrived. */
  public int lost() {
    return sent.get() - arrived.get();
  }

  /** When the first packet arrived of those sent at this time or after it; 0 if none has. */
  public long firstArrivalOf(long sinceNanos) {
    int end = sent.get();
    for (int i = firstSentSince(sinceNanos); i < end; i++) {
      if (arrivedAt[i] != 0) {
        return begin + TimeUnit.MICROSECONDS.toNanos(arrivedAt[i] - 1);
      }
    }
    return 0;
  }

  /** The number of the first packet sent at this time or after it; how many there are if none. */
  private int firstSentSince(long nanos) {
    int end = sent.get();
    int wanted = micros(nanos);
    int found = Arrays.binarySearch(sentAt, 0, end, wanted);
    if (found < 0) {
      return -found - 1;
    }
    // Those of one batch have one time.
    while (found > 0 && sentAt[found - 1] == wanted) {
      found--;
    }
    return found;
  }

  @Override
  public void close() {
    stopped = true;
    ended = true;
    try {
      sending.join();
      receiving.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.close();
    receiver.close();
  }
}
