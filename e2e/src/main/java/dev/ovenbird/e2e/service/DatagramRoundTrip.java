package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Datagrams sent to an echo and compared as they come back. What was lost is sent again. */
public final class DatagramRoundTrip {
  private static final int WINDOW = 24;
  private static final int WINDOW_BYTES = 40_000;
  private static final int ATTEMPTS = 5;
  private static final int WAIT_MILLIS = 2000;

  private final DatagramSocket socket;
  private final InetSocketAddress echo;
  private final Set<ByteBuffer> waiting = new LinkedHashSet<>();
  private final Set<ByteBuffer> done = new LinkedHashSet<>();

  private DatagramRoundTrip(DatagramSocket socket, InetSocketAddress echo) {
    this.socket = socket;
    this.echo = echo;
  }

  /**
   * Sends a datagram of random bytes for each size, some at once.
   *
   * @return sizes of which nothing came back
   * @throws IllegalStateException if other bytes come back
   */
  public static List<Integer> lost(Namespace from, InetSocketAddress echo, int... sizes) {
    SplittableRandom random = new SplittableRandom(sizes.length);
    return from.call(
        () -> {
          List<Integer> lost = new ArrayList<>();
          // Java sends no empty datagram from a connected socket.
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(WAIT_MILLIS);
            DatagramRoundTrip trip = new DatagramRoundTrip(socket, echo);
            int bytes = 0;
            for (int size : sizes) {
              if (trip.waiting.size() == WINDOW || bytes + size > WINDOW_BYTES) {
                lost.addAll(trip.exchange());
                bytes = 0;
              }
              byte[] datagram = new byte[size];
              random.nextBytes(datagram);
              trip.waiting.add(ByteBuffer.wrap(datagram));
              bytes += size;
            }
            lost.addAll(trip.exchange());
          }
          return lost;
        });
  }

  private List<Integer> exchange() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS && !waiting.isEmpty(); attempt++) {
      for (ByteBuffer datagram : waiting) {
        socket.send(new DatagramPacket(datagram.array(), datagram.capacity(), echo));
      }
      receive();
    }
    List<Integer> lost = waiting.stream().map(ByteBuffer::capacity).toList();
    waiting.clear();
    return lost;
  }

  private void receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    try {
      while (!waiting.isEmpty()) {
        packet.setLength(65_535);
        socket.receive(packet);
        ByteBuffer came = ByteBuffer.wrap(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (waiting.remove(came)) {
          done.add(came);
        } else if (!done.contains(came)) {
          throw new IOException("other bytes came back: " + came.remaining() + " of them");
        }
      }
    } catch (SocketTimeoutException e) {
      // Sent again, or lost.
    }
  }
}
