package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.Echo;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ServerEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of a {@link Swarm}: a socket and an endpoint, no TUN. Confined to the swarm's thread. */
final class SwarmClient extends QuietHost implements AutoCloseable {
  private static final int LONGEST = 3072;

  /** Shared by all: nothing stays in them between calls. */
  static final class Scratch {
    final ByteBuffer in = ByteBuffer.allocateDirect(LONGEST);
    final ByteBuffer out = ByteBuffer.allocateDirect(LONGEST);
    final MemorySegment inMemory = MemorySegment.ofBuffer(in);
    final MemorySegment outMemory = MemorySegment.ofBuffer(out);
  }

  private final Scratch scratch;
  private final DatagramChannel channel;
  private final ClientEndpoint endpoint;
  private String address = "";
  private @Nullable String over;
  private @Nullable MemorySegment request;
  private long answers;

  SwarmClient(InetSocketAddress server, ClientConfig config, SecureRandom random, Scratch scratch)
      throws IOException {
    this.scratch = scratch;
    channel = DatagramChannel.open();
    channel.configureBlocking(false);
    channel.connect(server);
    endpoint =
        new ClientEndpoint(
            config,
            this,
            MemorySegment.ofArray(new byte[Math.toIntExact(ServerEndpoint.RECORD_BYTES)]),
            random);
  }

  DatagramChannel channel() {
    return channel;
  }

  void start() {
    endpoint.start(System.nanoTime(), wallSeconds());
    runTasks(endpoint);
  }

  boolean isConnected() {
    return !address.isEmpty();
  }

  /** Why its session ended; null while it has not. */
  @Nullable String over() {
    return over;
  }

  /** Takes all that has come. */
  void drain() throws IOException {
    scratch.in.clear();
    while (channel.read(scratch.in) > 0) {
      int length = scratch.in.position();
      endpoint.received(scratch.inMemory, 0, length, System.nanoTime(), wallSeconds());
      runTasks(endpoint);
      scratch.in.clear();
    }
  }

  long nextDeadline() {
    return endpoint.nextDeadline();
  }

  void timeout() {
    endpoint.timeout(System.nanoTime(), wallSeconds());
    runTasks(endpoint);
  }

  /** Sends an ICMP echo request through the tunnel. */
  void echo(InetAddress target) throws IOException {
    MemorySegment packet = request;
    if (packet == null) {
      packet = MemorySegment.ofArray(new Echo(InetAddress.getByName(address), target, 1).request());
      request = packet;
    }
    int length = Math.toIntExact(packet.byteSize());
    int sealed = endpoint.seal(packet, 0, length, scratch.outMemory, 0, System.nanoTime());
    if (sealed > 0) {
      channel.write(scratch.out.clear().limit(sealed));
    }
  }

  /** Packets that came out of the tunnel so far. */
  long answers() {
    return answers;
  }

  @Override
  public void transmit(MemorySegment packet, long offset, int length) {
    MemorySegment.copy(packet, offset, scratch.outMemory, 0, length);
    try {
      channel.write(scratch.out.clear().limit(length));
    } catch (IOException e) {
      // As if it were lost: the server may just not listen.
      over = over == null && !isConnected() ? "cannot send: " + e.getMessage() : over;
    }
  }

  @Override
  public void tunnelPacket(MemorySegment packet, long offset, int length) {
    answers++;
  }

  @Override
  public void connected(List<String> pushed) {
    address =
        pushed.stream()
            .filter(option -> option.startsWith("ifconfig "))
            .findFirst()
            .map(option -> option.split(" ")[1])
            .orElse("0.0.0.0");
  }

  @Override
  public void closed(String reason) {
    over = reason;
  }

  /** Without a good-bye: the server is about to end. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
