package dev.ovenbird.server;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.session.SessionStore;
import dev.ovenbird.server.dns.DnsForwarder;
import dev.ovenbird.server.dns.DnsSettings;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.host.KernelNetwork;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.link.PathTable;
import dev.ovenbird.server.link.TcpConnections;
import dev.ovenbird.server.link.TcpListener;
import dev.ovenbird.server.link.UdpLink;
import dev.ovenbird.server.loop.FdHandle;
import dev.ovenbird.server.loop.ModeratedEvents;
import dev.ovenbird.server.loop.ReceiveModeration;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.metric.StartStage;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.store.SessionFile;
import dev.ovenbird.server.tun.KernelTun;
import dev.ovenbird.server.tun.OffloadedTun;
import dev.ovenbird.server.tun.Tun;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private static final int LOOK_AROUND_SECONDS = 10;

  /** A batch of 64 packets each: 32,000 packets a second. */
  private static final long BATCH_NANOS = 2_000_000;

  /** Longer than a backlog takes, unless clients get more than that all the time. */
  private static final long CATCH_UP_NANOS = 2_000_000_000;

  /** Questions to the authenticator at once, and how many more may wait. */
  private static final int ASKERS = 4;

  private static final int MAX_QUESTIONS = 256;

  private final ServerSettings settings;
  private final TcpConnections connections;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private @Nullable IoEventLoop loop;
  private @Nullable Instance instance;
  private HostNetwork network = HostNetwork.NONE;
  private @Nullable DnsForwarder dns;
  private @Nullable DnsSettings dnsSettings;
  private boolean succeeds;
  private Link[] links = new Link[0];
  private List<Listeners.Socket> sockets = List.of();
  private @Nullable SessionFile sessionFile;
  private boolean killed;

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

  /** Where DNS is answered on the gateway's addresses; 0 = it is not. */
  int dnsPort() {
    DnsForwarder running = dns;
    return running == null ? 0 : running.port();
  }

  /** Starts or ends the DNS forwarder; the firewall has to follow. */
  void forwardDns(@Nullable DnsSettings wanted) {
    if (!(settings.tun() instanceof TunSpec.Kernel kernel) || Objects.equals(wanted, dnsSettings)) {
      return;
    }
    closeDns();
    if (wanted != null) {
      dns =
          DnsForwarder.start(
              settings.name(),
              kernel.name(),
              settings.network().prefixes(),
              settings.network().gateways(),
              wanted,
              settings.metrics());
      dnsSettings = wanted;
    }
  }

  private void closeDns() {
    DnsForwarder running = dns;
    dns = null;
    dnsSettings = null;
    if (running != null) {
      running.close();
    }
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
    undo.push(this::leaveNothingToSuccessors);
    Listeners listeners = new Listeners(settings);
    undo.push(listeners::close);
    sockets = listeners.sockets();
    for (Listeners.Socket socket : sockets) {
      UdpSocket udp = socket.udp();
      if (udp != null) {
        settings.fdStore().deposit(socket.storeName(), udp.fd());
      }
    }
    reached(StartStage.SOCKETS);
    SessionStore store = openStore(arena);
    reached(StartStage.STORE);
    Tun tun = openTun(arena);
    reached(StartStage.TUN);
    SlowWorkers workers = workers();
    ReceiveModeration moderation =
        new ReceiveModeration(settings.receiveIntervalNanos(), System.nanoTime());
    IoEventLoop events = startLoop(moderation, arena);
    links = new Link[sockets.size()];
    String[] names = sockets.stream().map(socket -> socket.spec().name()).toArray(String[]::new);
    Instance made =
        new Instance(
            settings,
            events,
            links,
            names,
            tun,
            network,
            workers,
            askers(),
            store,
            moderation,
            arena);
    instance = made;
    makeLinks(events, made, arena);
    undo.push(() -> stopServing(events, made, settings.name()));
    // Restored sessions have their routes before the first packet is read.
    events
        .submit(() -> made.turn("the server started", () -> made.restore(succeeds)))
        .syncUninterruptibly();
    reached(StartStage.RESTORED);
    for (Link link : links) {
      if (link instanceof UdpLink udp) {
        udp.start(events);
      }
    }
    // Not before: nobody's connection has outlived the predecessor.
    bindTcp();
    if (network.routeEvents() >= 0) {
      watch(network.routeEvents(), made::routesChanged, events);
    }
    if (succeeds) {
      catchUp(events, made);
    }
    watchTun(tun, events, made);
    reached(StartStage.SERVING);
    if (succeeds) {
      // What a predecessor left has served until now.
      installNetwork();
      reached(StartStage.NETWORK);
    }
    sayPath(tun);
    events.scheduleAtFixedRate(made::reportSessions, 1, 1, TimeUnit.SECONDS);
    if (settings.tun() instanceof TunSpec.Kernel) {
      events.scheduleAtFixedRate(
          () -> workers.submit(() -> lookAround(events, made)),
          LOOK_AROUND_SECONDS,
          LOOK_AROUND_SECONDS,
          TimeUnit.SECONDS);
    }
  }

  private void reached(StartStage stage) {
    settings.metrics().reached(stage);
  }

  /** Once, in one line: what this machine's kernel and libraries offer. */
  private void sayPath(Tun tun) {
    String udp = "none";
    for (Link link : links) {
      if (link instanceof UdpLink each) {
        // One kernel: it is the same with all of them.
        udp = each.receivesRuns() ? "runs" : "single datagrams";
      }
    }
    LoggerFactory.getLogger(OvenbirdServer.class)
        .atInfo()
        .addKeyValue("server", settings.name())
        .addKeyValue("tun", tun.toString())
        .addKeyValue("udp", udp)
        .addKeyValue("cipher", settings.endpoint().aead().name())
        .log("Packet path");
  }

  private @Nullable SessionStore openStore(Arena arena) {
    Path file = settings.sessionStore();
    if (file == null) {
      return null;
    }
    SessionFile opened =
        SessionFile.open(
            file,
            settings.storeChecks(),
            String.join(
                "\n",
                settings.name(),
                settings.network().toString(),
                settings.listeners().stream()
                    .map(each -> each.name() + each.transport() + each.addresses())
                    .toList()
                    .toString()),
            settings.endpoint().limits().maxSessions(),
            arena);
    if (opened == null) {
      return null;
    }
    sessionFile = opened;
    undo.push(opened::close);
    return opened.store();
  }

  /** Takes everything apart as the kernel does it when a process dies; the sessions stay kept. */
  void kill() {
    killed = true;
    SessionFile left = sessionFile;
    if (left != null) {
      loop().submit(instance()::stop).syncUninterruptibly();
      left.leave();
    }
    close();
  }

  private Tun openTun(Arena arena) {
    return switch (settings.tun()) {
      case TunSpec.InProcess inProcess -> {
        undo.push(inProcess.tun()::close);
        yield inProcess.tun();
      }
      case TunSpec.Kernel kernel -> {
        TunDevice device = openDevice(kernel);
        undo.push(device::close);
        KernelNetwork made =
            new KernelNetwork(
                device.name(),
                device.interfaceIndex(),
                settings.network().prefixes(),
                settings.network().gateways(),
                settings.network().mtu(),
                settings.lane(),
                OvenbirdServer.firewall(settings, 0));
        undo.push(made::remove);
        network = made;
        undo.push(this::closeDns);
        if (!succeeds) {
          installNetwork();
        }
        int mtu = settings.network().mtu();
        // Kernels that grant no vnet header get one packet per call.
        yield device.vnetHeader()
            ? new OffloadedTun(device, mtu, arena)
            : new KernelTun(device, mtu);
      }
    };
  }

  private void installNetwork() {
    network.install();
    forwardDns(settings.dns());
    if (dns != null) {
      network.apply(OvenbirdServer.firewall(settings, dnsPort()));
    }
  }

  /**
   * Reads what has waited in a predecessor's TUN no faster than clients' default receive buffers
   * (208 kB) take it.
   */
  private static void catchUp(IoEventLoop events, Instance made) {
    long end = System.nanoTime() + CATCH_UP_NANOS;
    Pace pace = new Pace(System.nanoTime(), BATCH_NANOS);
    while (System.nanoTime() < end
        && events.submit(made::drainTunOnce).syncUninterruptibly().getNow()) {
      LockSupport.parkNanos(pace.pause(System.nanoTime()));
    }
  }

  /** A predecessor's, with what waits in it and leads to it; else a new one. */
  private TunDevice openDevice(TunSpec.Kernel kernel) {
    FdStore store = settings.fdStore();
    Fd inherited = store.take(storeName(kernel));
    TunDevice device = null;
    if (inherited != null) {
      try {
        device = TunDevice.of(inherited);
        succeeds = true;
      } catch (LinuxException e) {
        // Somebody deleted the interface.
        inherited.close();
      }
    }
    if (device == null) {
      device =
          TunDevice.open(
              kernel.name(),
              kernel.offload() ? TunDevice.Options.OFFLOADED : TunDevice.Options.PLAIN);
    }
    store.deposit(storeName(kernel), device.fd());
    return device;
  }

  private static String storeName(TunSpec.Kernel kernel) {
    return "TUN:" + kernel.name();
  }

  private void leaveNothingToSuccessors() {
    Listeners.storeNames(settings).forEach(settings.fdStore()::remove);
    if (settings.tun() instanceof TunSpec.Kernel kernel) {
      settings.fdStore().remove(storeName(kernel));
    }
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

  private SlowWorkers askers() {
    SlowWorkers askers =
        new SlowWorkers("ovenbird-" + settings.name() + "-ask", ASKERS, MAX_QUESTIONS);
    undo.push(askers::close);
    return askers;
  }

  private IoEventLoop startLoop(ReceiveModeration moderation, Arena arena) {
    ThreadFactory thread = task -> new Thread(task, "ovenbird-" + settings.name());
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1,
            thread,
            ModeratedEvents.factory(
                EpollIoHandler.newFactory(), moderation, settings.metrics()::loopPaused, arena));
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
          Fd inherited = socket.inherited();
          if (inherited == null) {
            listener.bind(Listeners.tcpAddress(socket));
          } else {
            listener.takeOver(inherited.fd());
          }
          settings.fdStore().deposit(socket.storeName(), listener.descriptor());
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
      watch(tun.descriptor(), made::drainTun, events);
    }
  }

  private void watch(int descriptor, Runnable onReadable, IoEventLoop events) {
    FdHandle handle = new FdHandle(descriptor, onReadable, () -> {});
    undo.push(() -> events.submit(handle::cancel).syncUninterruptibly());
    handle.register(events);
  }

  /** What may change around a server with no word to it: addresses, and the paths to clients. */
  private void lookAround(IoEventLoop events, Instance made) {
    List<Cidr> addresses = network.ownAddresses();
    events.execute(() -> made.turn("own addresses changed", () -> made.apply(addresses)));
    Map<Cidr, Integer> mtus = new HashMap<>();
    for (Cidr peer : events.submit(made::peers).syncUninterruptibly().getNow()) {
      mtus.put(peer, network.pathMtu(peer));
    }
    events.execute(() -> made.turn("paths were looked at", () -> made.applyPathMtus(mtus)));
  }

  private void stopServing(IoEventLoop events, Instance made, String name) {
    if (killed) {
      return;
    }
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
