package dev.ovenbird.server;

import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.host.KernelNetwork;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.link.PathTable;
import dev.ovenbird.server.link.TcpConnections;
import dev.ovenbird.server.link.TcpListener;
import dev.ovenbird.server.link.UdpLink;
import dev.ovenbird.server.loop.FdHandle;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.tun.KernelTun;
import dev.ovenbird.server.tun.OffloadedTun;
import dev.ovenbird.server.tun.Tun;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.lang.foreign.Arena;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The parts of one server: made in order, taken apart in the reverse order. */
final class ServerParts implements AutoCloseable {
  private static final int GOOD_BYE_SECONDS = 1;
  private static final int OWN_ADDRESSES_SECONDS = 10;

  private final ServerSettings settings;
  private final TcpConnections connections;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private @Nullable IoEventLoop loop;
  private @Nullable Instance instance;
  private HostNetwork network = HostNetwork.NONE;
  private Link[] links = new Link[0];
  private List<Listeners.Socket> sockets = List.of();

  ServerParts(ServerSettings settings) {
    this.settings = settings;
    this.connections = new TcpConnections(settings.limits().maxTcpConnections());
  }

  IoEventLoop loop() {
    return Objects.requireNonNull(loop);
  }

  Instance instance() {
    return Objects.requireNonNull(instance);
  }

  HostNetwork network() {
    return network;
  }

  int port(String listener) {
    for (int i = 0; i < links.length; i++) {
      if (sockets.get(i).spec().name().equals(listener)) {
        return links[i] instanceof UdpLink udp ? udp.port() : ((TcpListener) links[i]).port();
      }
    }
    throw new IllegalArgumentException("no listener is named " + listener);
  }

  void start() {
    if (!Epoll.isAvailable()) {
      throw new StartException(
          "server " + settings.name() + ": epoll is not available: Linux on x86_64 is needed",
          Epoll.unavailabilityCause());
    }
    Arena arena = Arena.ofShared();
    undo.push(arena::close);
    Listeners listeners = new Listeners(settings);
    undo.push(listeners::close);
    sockets = listeners.sockets();
    Tun tun = openTun(arena);
    SlowWorkers workers = workers();
    IoEventLoop events = startLoop();
    links = new Link[sockets.size()];
    String[] names = sockets.stream().map(socket -> socket.spec().name()).toArray(String[]::new);
    Instance made = new Instance(settings, events, links, names, tun, network, workers, arena);
    instance = made;
    makeLinks(events, made, arena);
    undo.push(() -> stopServing(events, made, settings.name()));
    bindTcp();
    events.submit(() -> made.turn("the server started", () -> {})).syncUninterruptibly();
    watchTun(tun, events, made);
    for (Link link : links) {
      if (link instanceof UdpLink udp) {
        udp.start(events);
      }
    }
    events.scheduleAtFixedRate(made::reportSessions, 1, 1, TimeUnit.SECONDS);
    if (settings.tun() instanceof TunSpec.Kernel) {
      events.scheduleAtFixedRate(
          () -> workers.submit(() -> refreshOwnAddresses(events, made)),
          OWN_ADDRESSES_SECONDS,
          OWN_ADDRESSES_SECONDS,
          TimeUnit.SECONDS);
    }
  }

  private Tun openTun(Arena arena) {
    return switch (settings.tun()) {
      case TunSpec.InProcess inProcess -> {
        undo.push(inProcess.tun()::close);
        yield inProcess.tun();
      }
      case TunSpec.Kernel kernel -> {
        TunDevice device =
            TunDevice.open(
                kernel.name(),
                kernel.offload() ? TunDevice.Options.OFFLOADED : TunDevice.Options.PLAIN);
        undo.push(device::close);
        KernelNetwork made =
            new KernelNetwork(
                device.name(),
                device.interfaceIndex(),
                settings.network().prefixes(),
                settings.network().gateways(),
                settings.network().mtu(),
                settings.lane(),
                OvenbirdServer.firewall(settings));
        undo.push(made::remove);
        made.install();
        network = made;
        int mtu = settings.network().mtu();
        // Kernels that grant no vnet header get one packet per call.
        yield device.vnetHeader()
            ? new OffloadedTun(device, mtu, arena)
            : new KernelTun(device, mtu);
      }
    };
  }

  private SlowWorkers workers() {
    // Each engine has one task at most, so this many can wait; more would be a defect.
    int engines =
        settings.endpoint().limits().maxSessions() * 2
            + settings.endpoint().limits().maxHalfOpen()
            + 16;
    SlowWorkers workers =
        new SlowWorkers(
            "ovenbird-" + settings.name() + "-slow", settings.limits().slowTaskThreads(), engines);
    undo.push(workers::close);
    return workers;
  }

  private IoEventLoop startLoop() {
    ThreadFactory thread = task -> new Thread(task, "ovenbird-" + settings.name());
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, thread, EpollIoHandler.newFactory());
    undo.push(
        () ->
            group
                .shutdownGracefully(0, 3, TimeUnit.SECONDS)
                .awaitUninterruptibly(5, TimeUnit.SECONDS));
    IoEventLoop made = group.next();
    loop = made;
    return made;
  }

  private void makeLinks(IoEventLoop events, Instance made, Arena arena) {
    PathTable paths = new PathTable(settings.limits().maxPaths(), new SecureRandom());
    for (int i = 0; i < links.length; i++) {
      UdpSocket udp = sockets.get(i).udp();
      links[i] =
          udp != null
              ? new UdpLink(i, udp, paths, made, arena)
              : new TcpListener(
                  i,
                  events,
                  connections,
                  made,
                  made::packetUsed,
                  made::handWindowNanos,
                  settings.limits().maxTcpQueuePackets(),
                  arena);
    }
  }

  private void bindTcp() {
    for (int i = 0; i < links.length; i++) {
      Listeners.Socket socket = sockets.get(i);
      if (links[i] instanceof TcpListener listener) {
        try {
          if (socket.inherited() < 0) {
            listener.bind(Listeners.tcpAddress(socket));
          } else {
            listener.takeOver(socket.inherited());
          }
        } catch (Exception e) { // netty throws the IOException that it does not declare
          throw Listeners.refused(socket, e);
        }
      }
    }
  }

  private void watchTun(Tun tun, IoEventLoop events, Instance made) {
    if (tun.descriptor() < 0) {
      tun.onReadable(() -> events.execute(made::drainTun));
    } else {
      FdHandle handle = new FdHandle(tun.descriptor(), made::drainTun, () -> {});
      undo.push(() -> events.submit(handle::cancel).syncUninterruptibly());
      handle.register(events);
    }
  }

  private void refreshOwnAddresses(IoEventLoop events, Instance made) {
    List<Cidr> addresses = network.ownAddresses();
    events.execute(() -> made.turn("own addresses changed", () -> made.apply(addresses)));
  }

  private void stopServing(IoEventLoop events, Instance made, String name) {
    CountDownLatch quiet = new CountDownLatch(1);
    events.submit(() -> made.shutdown(quiet::countDown)).syncUninterruptibly();
    try {
      // The good-byes are encrypted by the workers.
      boolean said = quiet.await(GOOD_BYE_SECONDS, TimeUnit.SECONDS);
      if (!said) {
        LoggerFactory.getLogger(OvenbirdServer.class)
            .atWarn()
            .addKeyValue("server", name)
            .log("Not all clients could be told that the server stops");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    events.submit(made::stop).syncUninterruptibly();
    awaitTcpClosed(events);
  }

  /** The event loop's end would cut off connections whose peers still read their good-bye. */
  private void awaitTcpClosed(IoEventLoop events) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GOOD_BYE_SECONDS);
    while (System.nanoTime() < end
        && events.submit(() -> connections.size()).syncUninterruptibly().getNow() > 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** Takes apart what was made, however far it came; goes on after a failure. */
  @Override
  public void close() {
    while (!undo.isEmpty()) {
      try {
        undo.pop().run();
      } catch (RuntimeException e) {
        new SessionLog(settings.name())
            .warn("Could not remove everything: {}", String.valueOf(e.getMessage()));
      }
    }
  }
}
