package dev.ovenbird.e2e.bench;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ServerEndpoint;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One connection of our own client role to any server, all of it on the calling thread. */
final class HandshakeClient extends QuietHost {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int LONGEST = 2048;
  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 40_000;

  /**
   * Ports in turn rather than the kernel's at random: a stock server keeps who said good-bye for
   * another five seconds, and a new client from the port of one of those waits until it is gone.
   */
  private static final AtomicInteger CONNECTIONS = new AtomicInteger();

  private final DatagramSocket socket;
  private final ClientEndpoint endpoint;
  private boolean connected;
  private @Nullable String over;

  private HandshakeClient(DatagramSocket socket, ClientConfig config, SecureRandom random) {
    this.socket = socket;
    this.endpoint =
        new ClientEndpoint(
            config,
            this,
            MemorySegment.ofArray(new byte[Math.toIntExact(ServerEndpoint.RECORD_BYTES)]),
            random);
  }

  /**
   * Connects until the options have been pushed, says good-bye and leaves.
   *
   * @return seconds from the first packet to the pushed options
   * @throws IllegalStateException if the server refuses, or needs more than 20 s
   */
  static double connect(InetSocketAddress server, ClientConfig config, SecureRandom random)
      throws IOException {
    int port = FIRST_PORT + Math.floorMod(CONNECTIONS.getAndIncrement(), PORTS);
    try (DatagramSocket socket = new DatagramSocket(port)) {
      socket.connect(server);
      return new HandshakeClient(socket, config, random).run();
    }
  }

  private double run() throws IOException {
    long begin = System.nanoTime();
    DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
    endpoint.start(begin, wallSeconds());
    runTasks(endpoint);
    while (!connected && over == null) {
      long now = System.nanoTime();
      if (now - begin > LIMIT_NANOS) {
        throw new IllegalStateException("no connection to " + socket.getRemoteSocketAddress());
      }
      long wait = TimeUnit.NANOSECONDS.toMillis(endpoint.nextDeadline() - now);
      socket.setSoTimeout(Math.clamp(wait, 1, 1000));
      try {
        socket.receive(packet);
        endpoint.received(
            MemorySegment.ofArray(packet.getData()),
            packet.getOffset(),
            packet.getLength(),
            System.nanoTime(),
            wallSeconds());
      } catch (SocketTimeoutException e) {
        endpoint.timeout(System.nanoTime(), wallSeconds());
      }
      packet.setLength(LONGEST);
      runTasks(endpoint);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (over != null) {
      throw new IllegalStateException(socket.getRemoteSocketAddress() + ": " + over);
    }
    endpoint.leave(System.nanoTime(), wallSeconds());
    runTasks(endpoint);
    return seconds;
  }

  @Override
  public void transmit(MemorySegment packet, long offset, int length) {
    byte[] bytes = packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    try {
      socket.send(new DatagramPacket(bytes, bytes.length));
    } catch (IOException e) {
      over = "cannot send: " + e.getMessage();
    }
  }

  @Override
  public void connected(List<String> pushed) {
    connected = true;
  }

  @Override
  public void closed(String reason) {
    if (!connected) {
      over = reason;
    }
  }
}
