package dev.ovenbird.testkit;

import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A {@link ServerEndpoint} on a UDP socket of the loopback interface: the smallest host there is.
 */
final class LoopbackServer implements ServerHost, Admission, AutoCloseable {
  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger dataPackets = new AtomicInteger();
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();

  private final DatagramChannel channel;
  private final Selector selector;
  private final ServerEndpoint endpoint;
  private final ExecutorService worker = Executors.newSingleThreadExecutor();
  private final BlockingQueue<SlowTask> done = new LinkedBlockingQueue<>();
  private final Map<LinkPath, SocketAddress> addresses = new HashMap<>();
  private final Thread loop;
  private volatile boolean closed;

  LoopbackServer(ServerConfig config) throws IOException {
    channel = DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    channel.configureBlocking(false);
    selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
    endpoint =
        new ServerEndpoint(
            config,
            this,
            this,
            MemorySegment.ofArray(
                new byte
                    [Math.toIntExact(config.limits().maxSessions() * ServerEndpoint.RECORD_BYTES)]),
            new SecureRandom());
    loop = Thread.ofPlatform().name("loopback-server").start(this::run);
  }

  int port() throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  /** Events up to the one wanted; all that came if it hasn't within 10 s of the one before. */
  List<String> eventsUntil(String wanted) throws InterruptedException {
    List<String> heard = new ArrayList<>();
    String event;
    while ((event = events.poll(10, TimeUnit.SECONDS)) != null) {
      heard.add(event);
      if (event.equals(wanted)) {
        break;
      }
    }
    return heard;
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    try {
      while (!closed) {
        long wait = (endpoint.nextDeadline() - System.nanoTime()) / 1_000_000;
        selector.select(Math.clamp(wait, 1, 1000));
        selector.selectedKeys().clear();
        SocketAddress from;
        while ((from = channel.receive(buffer.clear())) != null) {
          int port = ((InetSocketAddress) from).getPort();
          LinkPath path =
              new LinkPath(Transport.UDP, 0, 0, 0, 0xffff7f000001L, port, 0, 0xffff7f000001L, 0);
          addresses.put(path, from);
          endpoint.received(
              path,
              MemorySegment.ofArray(buffer.array()),
              0,
              buffer.position(),
              System.nanoTime(),
              wallSeconds());
        }
        SlowTask task;
        while ((task = done.poll()) != null) {
          endpoint.completed(task, System.nanoTime(), wallSeconds());
        }
        endpoint.timeout(System.nanoTime(), wallSeconds());
        endpoint
            .sessions()
            .forEach(session -> dataPackets.set(Math.toIntExact(session.packetsReceived())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static long wallSeconds() {
    return System.currentTimeMillis() / 1000;
  }

  @Override
  public void transmit(LinkPath to, MemorySegment packet, long offset, int length) {
    try {
      channel.send(
          ByteBuffer.wrap(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)),
          addresses.get(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void submit(SlowTask task) {
    worker.execute(
        () -> {
          task.run();
          done.add(task);
          selector.wakeup();
        });
  }

  @Override
  public void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length) {
    // The client's TUN is null: nothing comes but pings.
  }

  @Override
  public void opened(ServerSession session) {
    opened.incrementAndGet();
    events.add("opened " + session.cipher().openvpnName());
  }

  @Override
  public void moved(ServerSession session, LinkPath previous) {
    events.add("moved");
  }

  @Override
  public void closed(ServerSession session, CloseReason reason) {
    events.add("closed " + reason);
  }

  @Override
  public void hangUp(LinkPath path) {
    // UDP only.
  }

  @Override
  public void negotiationFailed(LinkPath path, String why) {
    events.add("failed " + why);
  }

  @Override
  public void dropped(DropReason reason) {
    events.add("dropped " + reason);
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return true;
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    return new Admitted(
        identity.commonName(),
        List.of(new byte[] {10, 88, 0, 2}),
        List.of(
            "topology subnet",
            "ifconfig 10.88.0.2 255.255.0.0",
            "route-gateway 10.88.0.1",
            "explicit-exit-notify 1"));
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    try {
      loop.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    worker.shutdownNow();
    channel.close();
    selector.close();
  }
}
