package dev.ovenbird.server;

import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ClientHost;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.link.LinkReceiver;
import dev.ovenbird.server.loop.DeadlineTimer;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.metric.Metrics.Flow;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.tun.PacketBatch;
import io.netty.channel.IoEventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a client does on its event loop: joins link, endpoint and TUN, in turns as a server does.
 */
final class ClientLoop implements ClientHost, LinkReceiver {
  private static final int BATCH = 64;

  private final ClientSettings settings;
  private final IoEventLoop loop;
  private final TurnClock clock = new TurnClock();
  private final SlowTasks slowTasks;
  private final ClientEndpoint endpoint;
  private final DeadlineTimer deadline;
  private final LinkPath server;
  private final PacketBatch fromTun;
  private final PacketBatch toTun = PacketBatch.pointing(BATCH);
  private final CompletableFuture<List<String>> connected = new CompletableFuture<>();
  private final CompletableFuture<String> over = new CompletableFuture<>();
  private @Nullable Link link;
  private long toTunBytes;

  ClientLoop(ClientSettings settings, IoEventLoop loop, SlowWorkers workers, Arena arena) {
    this.settings = settings;
    this.loop = loop;
    this.slowTasks = new SlowTasks(workers, workers, loop, settings.metrics(), this::completed);
    this.fromTun = PacketBatch.allocate(arena, BATCH, Link.MAX_PACKET);
    this.deadline = new DeadlineTimer(loop, () -> turn(this::timeout));
    Cidr address = Cidr.host(settings.server().getAddress().getAddress());
    this.server =
        new LinkPath(
            settings.endpoint().transport(),
            0,
            0,
            address.high(),
            address.low(),
            settings.server().getPort(),
            0,
            0,
            0);
    this.endpoint =
        new ClientEndpoint(
            settings.endpoint(),
            this,
            arena.allocate(ServerEndpoint.RECORD_BYTES, 64),
            new SecureRandom());
  }

  CompletableFuture<List<String>> connected() {
    return connected;
  }

  CompletableFuture<String> over() {
    return over;
  }

  void start(Link opened) {
    link = opened;
    turn(() -> endpoint.start(clock.bootNanos(), clock.wallSeconds()));
  }

  void leave() {
    turn(() -> endpoint.leave(clock.bootNanos(), clock.wallSeconds()));
  }

  void stop() {
    deadline.cancel();
    Link open = link;
    link = null;
    if (open != null) {
      open.close();
    }
  }

  private void turn(Runnable work) {
    turnBegins();
    try {
      work.run();
    } catch (RuntimeException e) {
      closed("defect: " + e);
    }
    turnEnds();
  }

  private void timeout() {
    endpoint.timeout(clock.bootNanos(), clock.wallSeconds());
  }

  @Override
  public void turnBegins() {
    clock.read();
  }

  @Override
  public void turnEnds() {
    if (toTun.size() > 0) {
      flushTun();
    }
    Link open = link;
    if (open != null) {
      open.flush();
      deadline.set(endpoint.nextDeadline(), clock.bootNanos());
    }
  }

  private void flushTun() {
    int written = settings.tun().write(toTun);
    settings.metrics().passed(Flow.TO_TUN, written, toTunBytes);
    toTun.clear();
    toTunBytes = 0;
  }

  @Override
  public void received(LinkPath from, MemorySegment packet, long offset, int length) {
    if (isServer(from)) {
      try {
        endpoint.received(packet, offset, length, clock.bootNanos(), clock.wallSeconds());
      } catch (RuntimeException e) {
        closed("defect: " + e);
      }
    } else {
      dropped(DropReason.UNKNOWN_SESSION);
    }
  }

  /** Datagrams of anybody else are not looked at. */
  private boolean isServer(LinkPath from) {
    return from.transport() == Transport.TCP
        || (from.remoteLow() == server.remoteLow()
            && from.remoteHigh() == server.remoteHigh()
            && from.remotePort() == server.remotePort());
  }

  @Override
  public void disconnected(LinkPath path) {
    // What the server said last, and why it closes, may still be with a worker.
    slowTasks.whenQuiet(() -> closed("the server closed the connection"));
  }

  @Override
  public void counted(boolean in, int packets, long bytes) {
    settings.metrics().passed(in ? Flow.FROM_LINK : Flow.TO_LINK, packets, bytes);
  }

  @Override
  public void connections(int open) {
    settings.metrics().tcpConnections(open);
  }

  void drainTun() {
    turnBegins();
    int count = settings.tun().read(fromTun);
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      Link open = link;
      long at = open == null ? -1 : open.reserve();
      bytes += fromTun.length(i);
      if (open == null || at < 0) {
        dropped(DropReason.QUEUE_FULL);
        continue;
      }
      int sealed =
          endpoint.seal(
              fromTun.segment(i),
              fromTun.offset(i),
              fromTun.length(i),
              open.buffer(),
              at,
              clock.bootNanos());
      if (sealed <= 0) {
        dropped(DropReason.NO_KEY);
      } else {
        open.commit(server, sealed);
      }
    }
    settings.metrics().passed(Flow.FROM_TUN, count, bytes);
    turnEnds();
    if (count == BATCH) {
      loop.execute(this::drainTun);
    }
  }

  @Override
  public void transmit(MemorySegment packet, long offset, int length) {
    Link open = link;
    long at = open == null ? -1 : open.reserve();
    if (open == null || at < 0 || length > Link.MAX_PACKET) {
      dropped(DropReason.QUEUE_FULL);
      return;
    }
    MemorySegment.copy(packet, offset, open.buffer(), at, length);
    open.commit(server, length);
  }

  @Override
  public void submit(SlowTask task) {
    slowTasks.submit(task, clock.bootNanos());
  }

  private void completed(SlowTask task, @Nullable RuntimeException thrown) {
    if (thrown != null) {
      closed("defect: " + thrown);
      return;
    }
    turn(() -> endpoint.completed(task, clock.bootNanos(), clock.wallSeconds()));
  }

  @Override
  public void tunnelPacket(MemorySegment packet, long offset, int length) {
    toTun.add(packet, offset, length);
    toTunBytes += length;
    if (toTun.isFull()) {
      flushTun();
    }
  }

  @Override
  public void connected(List<String> pushed) {
    connected.complete(List.copyOf(pushed));
  }

  @Override
  public void optionsChanged(List<String> pushed) {
    settings.onOptions().accept(pushed);
  }

  @Override
  public void renegotiated(int keyId) {
    // Nothing changes for the program.
  }

  @Override
  public void closed(String reason) {
    connected.completeExceptionally(new StartException(reason));
    over.complete(reason);
  }

  @Override
  public void dropped(DropReason reason) {
    settings.metrics().dropped(reason);
  }
}
