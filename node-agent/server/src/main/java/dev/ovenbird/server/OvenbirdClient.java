package dev.ovenbird.server;

import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.link.PathTable;
import dev.ovenbird.server.link.TcpDialer;
import dev.ovenbird.server.link.UdpLink;
import dev.ovenbird.server.loop.FdHandle;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.tun.InProcessTun;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.lang.foreign.Arena;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session with one server, inside this process: IP packets go in and out by an {@link
 * InProcessTun}, or by a TUN device that the program has made. It does not reconnect: that is the
 * program's choice. Needs no rights.
 */
public final class OvenbirdClient implements AutoCloseable {
  private static final int LEAVE_SECONDS = 3;

  private final ClientSettings settings;
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final Arena arena = Arena.ofShared();
  private final SlowWorkers workers = new SlowWorkers("ovenbird-client-slow", 1, 64);
  private final ClientLoop client;
  private @Nullable FdHandle kernelTun;
  private boolean closed;

  private OvenbirdClient(ClientSettings settings) {
    this.settings = settings;
    ThreadFactory thread = task -> new Thread(task, "ovenbird-client");
    this.group = new MultiThreadIoEventLoopGroup(1, thread, EpollIoHandler.newFactory());
    this.loop = group.next();
    this.client = new ClientLoop(settings, loop, workers, arena);
  }

  /** Begins to connect and returns at once; see {@link #connected}. */
  public static OvenbirdClient connect(ClientSettings settings) {
    OvenbirdClient made = new OvenbirdClient(settings);
    try {
      made.open();
    } catch (RuntimeException e) {
      made.close();
      throw new StartException("client of " + settings.server() + ": " + e.getMessage(), e);
    }
    return made;
  }

  private void open() {
    if (settings.endpoint().transport() == Transport.UDP) {
      InetAddress server = settings.server().getAddress();
      Family family = server instanceof Inet4Address ? Family.V4 : Family.V6;
      UdpSocket socket = UdpSocket.bind(family, UdpSocket.WILDCARD, 0, UdpSocket.Options.DEFAULT);
      UdpLink link = new UdpLink(0, socket, new PathTable(4, new SecureRandom()), client, arena);
      loop.submit(() -> client.start(link)).syncUninterruptibly();
      link.start(loop);
    } else {
      TcpDialer link = new TcpDialer(client, arena);
      link.connect(loop, settings.server())
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  client.start(link);
                } else {
                  client.closed("can't connect: " + done.cause().getMessage());
                }
              });
    }
    int descriptor = settings.tun().descriptor();
    if (descriptor < 0) {
      settings.tun().onReadable(() -> loop.execute(client::drainTun));
    } else {
      FdHandle handle = new FdHandle(descriptor, client::drainTun, () -> {});
      handle.register(loop);
      kernelTun = handle;
    }
  }

  /**
   * Done when the tunnel is up, with the options that the server pushed; failed with {@link
   * StartException} if there will be no tunnel.
   */
  public CompletableFuture<List<String>> connected() {
    return client.connected();
  }

  /** Done when the session is over, with the reason in words. */
  public CompletableFuture<String> closed() {
    return client.over();
  }

  /**
   * The program's end of the tunnel.
   *
   * @throws IllegalStateException if the settings name a TUN of another kind
   */
  public InProcessTun tun() {
    if (settings.tun() instanceof InProcessTun own) {
      return own;
    }
    throw new IllegalStateException(this + " has the TUN that its settings name");
  }

  /** Tells the server that the client leaves, and closes everything. Does no harm twice. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop.submit(client::leave).syncUninterruptibly();
    // Until the good-bye is out, or too long.
    client.over().completeOnTimeout("closed", LEAVE_SECONDS, TimeUnit.SECONDS).join();
    loop.submit(client::stop).syncUninterruptibly();
    FdHandle watched = kernelTun;
    if (watched != null) {
      loop.submit(watched::cancel).syncUninterruptibly();
    }
    settings.tun().close();
    workers.close();
    group.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    arena.close();
  }

  /** For messages only. */
  @Override
  public String toString() {
    return "OvenbirdClient of " + settings.server();
  }
}
