package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.LinkPath;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A TCP socket that listens, and the link of all its connections. */
public final class TcpListener implements Link, TcpOwner {
  private static final int BACKLOG = 1024;

  /** Clients send their first packet at once; who dribbles has no more. */
  private static final long FIRST_PACKET_NANOS = 10_000_000_000L;

  /** At most 64 kB of one connection per turn, so that others have theirs. */
  private static final AdaptiveRecvByteBufAllocator READS = reads();

  private final int number;
  private final ServerBootstrap bootstrap;
  private @Nullable Channel channel;
  private final TcpConnections connections;
  private final LinkReceiver receiver;
  private final Runnable packetUsed;
  private final LongSupplier handWindowNanos;
  private final int maxQueue;
  private final MemorySegment in;
  private final MemorySegment out;
  private final List<TcpConnection> unflushed = new ArrayList<>();

  /**
   * Not bound yet: see {@link #bind}.
   *
   * @param number of this link in LinkPaths
   * @param packetUsed run after each received packet, before its buffer is used again
   * @param handWindowNanos how long a connection may go without a session
   */
  public TcpListener(
      int number,
      EventLoop loop,
      TcpConnections connections,
      LinkReceiver receiver,
      Runnable packetUsed,
      LongSupplier handWindowNanos,
      int maxQueue,
      Arena arena) {
    this.number = number;
    this.connections = connections;
    this.receiver = receiver;
    this.packetUsed = packetUsed;
    this.handWindowNanos = handWindowNanos;
    this.maxQueue = maxQueue;
    this.in = arena.allocate(MAX_PACKET, 64);
    this.out = arena.allocate(MAX_PACKET, 64);
    this.bootstrap =
        new ServerBootstrap()
            .group(loop)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, maxQueue * MAX_PACKET + 64 * 1024))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel child) {
                    child.pipeline().addLast(new TcpConnection(TcpListener.this));
                  }
                });
  }

  /**
   * Binds and accepts; call it outside the event loop.
   *
   * @throws java.io.IOException if it can't be bound (netty does not declare it)
   */
  public void bind(InetSocketAddress address) {
    channel =
        bootstrap
            .channel(EpollServerSocketChannel.class)
            .bind(address)
            .syncUninterruptibly()
            .channel();
  }

  /** Takes over a socket that listens already. */
  public void takeOver(int descriptor) {
    channel =
        bootstrap
            .channelFactory(() -> new EpollServerSocketChannel(descriptor))
            .register()
            .syncUninterruptibly()
            .channel();
  }

  /** Of the socket that listens. */
  public int descriptor() {
    return ((EpollServerSocketChannel) Objects.requireNonNull(channel)).fd().intValue();
  }

  /** The port that the socket is bound to. */
  public int port() {
    Channel bound = channel;
    return bound != null && bound.localAddress() instanceof InetSocketAddress address
        ? address.getPort()
        : 0;
  }

  private static AdaptiveRecvByteBufAllocator reads() {
    AdaptiveRecvByteBufAllocator reads = new AdaptiveRecvByteBufAllocator(2048, 4096, 32 << 10);
    reads.maxMessagesPerRead(2);
    return reads;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public TcpConnections connections() {
    return connections;
  }

  @Override
  public LinkReceiver receiver() {
    return receiver;
  }

  @Override
  public long handWindowNanos() {
    return handWindowNanos.getAsLong();
  }

  @Override
  public long firstPacketNanos() {
    return FIRST_PACKET_NANOS;
  }

  @Override
  public int maxQueue() {
    return maxQueue;
  }

  @Override
  public MemorySegment packet() {
    return in;
  }

  @Override
  public void packetUsed() {
    packetUsed.run();
  }

  @Override
  public void mustFlush(TcpConnection connection) {
    unflushed.add(connection);
  }

  @Override
  public long reserve() {
    return 0;
  }

  @Override
  public MemorySegment buffer() {
    return out;
  }

  @Override
  public void commit(LinkPath to, int length) {
    TcpConnection connection = connections.get(to.connection());
    if (connection != null && length > 0) {
      connection.send(out, 0, length);
    }
  }

  @Override
  public void flush() {
    if (!unflushed.isEmpty()) {
      for (int i = 0; i < unflushed.size(); i++) {
        unflushed.get(i).flush();
      }
      unflushed.clear();
    }
  }

  @Override
  public void hangUp(LinkPath path) {
    @Nullable TcpConnection connection = connections.get(path.connection());
    if (connection != null) {
      connection.hangUp();
    }
  }

  @Override
  public void authenticated(LinkPath path, boolean is) {
    @Nullable TcpConnection connection = connections.get(path.connection());
    if (connection == null) {
      return;
    }
    if (is) {
      connection.authenticated();
    } else {
      connection.closeUnlessAuthenticated();
    }
  }

  /** Stops listening and ends the connections; on the event loop. */
  @Override
  public void close() {
    flush();
    Channel bound = channel;
    if (bound != null) {
      bound.close();
    }
    for (TcpConnection connection : connections.all()) {
      connection.hangUp();
    }
  }
}
