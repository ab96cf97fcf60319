package dev.ovenbird.server.dns;

import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.metric.DnsEvent;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Forwards clients' DNS queries to the node's own name servers, on a thread of its own: a slow
 * server delays no packet.
 *
 * <p>It listens on the gateway's addresses at a port that the kernel chooses, to which the firewall
 * sends what clients send to port 53: port 53 itself may be another program's on this node, and
 * would take a capability. Every lane of a node has the same gateway address, so the sockets are
 * bound to the TUN: they get what came out of this lane's tunnel, and nothing else of the node or
 * of the network reaches them.
 */
public final class DnsForwarder implements AutoCloseable {
  private static final int SOL_SOCKET = 1;
  private static final int SO_BINDTODEVICE = 25;
  private static final int IFNAMSIZ = 16;
  private static final int MAX_QUERY = 4096;

  private final Metrics metrics;
  private final List<Cidr> networks;
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final DnsIds ids = new DnsIds();
  private final ResolvConf upstream;
  private final DnsLimits queries;
  private final DnsLimits connections;
  private final Set<DnsLookup> lookups = new HashSet<>();
  private final int port;
  private @Nullable InetSocketAddress answeredLast;

  private DnsForwarder(
      String name,
      String tun,
      List<Cidr> networks,
      List<Cidr> gateways,
      DnsSettings settings,
      Metrics metrics) {
    this.metrics = metrics;
    this.networks = List.copyOf(networks);
    this.upstream =
        new ResolvConf(
            settings.resolvConf(), address -> gateways.contains(Cidr.host(address.getAddress())));
    this.queries = new DnsLimits(settings.maxQueries(), settings.maxQueriesPerClient());
    this.connections = new DnsLimits(settings.maxConnections(), settings.maxConnectionsPerClient());
    ThreadFactory thread =
        task -> {
          Thread made = new Thread(() -> SlowWorkers.runNicely(task), "ovenbird-" + name + "-dns");
          made.setDaemon(true);
          return made;
        };
    this.group = new MultiThreadIoEventLoopGroup(1, thread, EpollIoHandler.newFactory());
    this.loop = group.next();
    try {
      int chosen = 0;
      for (Cidr gateway : gateways) {
        chosen = bind(tun, address(gateway), chosen);
      }
      this.port = chosen;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Starts to listen.
   *
   * @param name of the server, for the thread
   * @param tun interface with the gateways' addresses
   * @param networks whose addresses may ask
   * @throws RuntimeException in one line if it can't
   */
  public static DnsForwarder start(
      String name,
      String tun,
      List<Cidr> networks,
      List<Cidr> gateways,
      DnsSettings settings,
      Metrics metrics) {
    return new DnsForwarder(name, tun, networks, gateways, settings, metrics);
  }

  /** Where it listens on every gateway address, UDP and TCP. */
  public int port() {
    return port;
  }

  /** UDP and TCP on one port: any that both can have, or the one that the first address has. */
  private int bind(String tun, InetAddress gateway, int wanted) {
    RuntimeException last = null;
    for (int attempt = 0; attempt < 10; attempt++) {
      Channel udp = bindUdp(tun, new InetSocketAddress(gateway, wanted));
      int bound = ((InetSocketAddress) udp.localAddress()).getPort();
      try {
        bindTcp(tun, new InetSocketAddress(gateway, bound));
        return bound;
      } catch (Exception e) { // netty throws the IOException that it does not declare
        udp.close().syncUninterruptibly();
        last = new IllegalStateException("DNS at " + gateway.getHostAddress() + ": " + e, e);
      }
    }
    throw last == null ? new IllegalStateException("DNS: no port") : last;
  }

  private Channel bindUdp(String tun, InetSocketAddress address) {
    return new Bootstrap()
        .group(loop)
        .channel(EpollDatagramChannel.class)
        .option(device(), deviceName(tun))
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_QUERY))
        .handler(new UdpQueries())
        .bind(address)
        .syncUninterruptibly()
        .channel();
  }

  private void bindTcp(String tun, InetSocketAddress address) {
    new ServerBootstrap()
        .group(loop)
        .channel(EpollServerSocketChannel.class)
        .option(device(), deviceName(tun))
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 << 10, 256 << 10))
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel child) {
                accept(child);
              }
            })
        .bind(address)
        .syncUninterruptibly();
  }

  private static RawUnixChannelOption device() {
    return new RawUnixChannelOption("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, IFNAMSIZ);
  }

  private static ByteBuffer deviceName(String tun) {
    return ByteBuffer.allocateDirect(IFNAMSIZ)
        .put(tun.getBytes(StandardCharsets.US_ASCII))
        .position(0);
  }

  private void accept(SocketChannel child) {
    InetAddress client = child.remoteAddress().getAddress();
    if (!isClient(client) || !connections.take(client)) {
      metrics.dns(DnsEvent.LIMITED);
      child.close();
      return;
    }
    child.closeFuture().addListener(closed -> connections.giveBack(client));
    child.pipeline().addLast(new TcpQueries((query, reply) -> asked(query, true, client, reply)));
  }

  private boolean isClient(InetAddress address) {
    Cidr host = Cidr.host(address.getAddress());
    return networks.stream().anyMatch(network -> network.contains(host));
  }

  /** A client's message; {@code reply} is called at most once, perhaps at once. */
  private void asked(byte[] message, boolean tcp, InetAddress client, Consumer<byte[]> reply) {
    metrics.dns(tcp ? DnsEvent.TCP_QUERY : DnsEvent.UDP_QUERY);
    DnsMessage.Query query = DnsMessage.query(message);
    if (query == null || !isClient(client)) {
      metrics.dns(DnsEvent.REFUSED);
      byte[] refusal = DnsMessage.refusal(message);
      if (refusal != null) {
        reply.accept(refusal);
      }
      return;
    }
    if (!queries.take(client)) {
      metrics.dns(DnsEvent.LIMITED);
      return;
    }
    DnsLookup[] self = new DnsLookup[1];
    List<InetSocketAddress> servers = upstream.servers(System.nanoTime());
    self[0] =
        new DnsLookup(
            loop,
            query,
            tcp,
            ordered(servers),
            ids,
            metrics,
            (server, answer) -> {
              lookups.remove(self[0]);
              answeredLast = server == null ? answeredLast : server;
              queries.giveBack(client);
              reply.accept(answer);
            });
    lookups.add(self[0]);
    self[0].start();
  }

  /** The one that answered last is asked first, so that a dead one costs its time once. */
  private List<InetSocketAddress> ordered(List<InetSocketAddress> servers) {
    InetSocketAddress last = answeredLast;
    if (last == null || !servers.contains(last)) {
      return servers;
    }
    List<InetSocketAddress> ordered = new ArrayList<>(servers);
    ordered.remove(last);
    ordered.add(0, last);
    return ordered;
  }

  /** Each datagram is a query. */
  private final class UdpQueries extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      InetSocketAddress client = packet.sender();
      asked(
          ByteBufUtil.getBytes(packet.content()),
          false,
          client.getAddress(),
          answer ->
              context.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(answer), client)));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // One datagram could not be received or sent; the next may be.
    }
  }

  private static InetAddress address(Cidr gateway) {
    try {
      return InetAddress.getByAddress(gateway.address());
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Stops listening; queries that wait get no answer. */
  @Override
  public void close() {
    loop.submit(() -> List.copyOf(lookups).forEach(DnsLookup::cancel)).syncUninterruptibly();
    group.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
