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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A TCP socket that listens, and the link of all its connections. */
public final class TcpListener implements Link {
  private static final int BACKLOG = 1024;

  /** At most 64 kB of one connection per turn, so that others have theirs. */
  private static final AdaptiveRecvByteBufAllocator READS = reads();

  private final int number;
  private final Channel channel;
  private final TcpConnections connections;
  private final LinkReceiver receiver;
  private final Runnable packetUsed;
  private final LongSupplier handWindowNanos;
  private final int maxQueue;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment in = arena.allocate(MAX_PACKET, 64);
  private final MemorySegment out = arena.allocate(MAX_PACKET, 64);
  private final List<TcpConnection> unflushed = new ArrayList<>();

  /**
   * Binds; call it outside the event loop.
   *
   * @param number of this link in LinkPaths
   * @param inherited descriptor of a listening socket to take over; -1: bind {@code address}
   * @param packetUsed run after each received packet, before its buffer is used again
   * @param handWindowNanos how long a connection may go without a session
   * @throws java.io.IOException if it can't be bound (thrown by netty without declaring it)
   */
  public TcpListener(
      int number,
      EventLoop loop,
      InetSocketAddress address,
      int inherited,
      TcpConnections connections,
      LinkReceiver receiver,
      Runnable packetUsed,
      LongSupplier handWindowNanos,
      int maxQueue) {
    this.number = number;
    this.connections = connections;
    this.receiver = receiver;
    this.packetUsed = packetUsed;
    this.handWindowNanos = handWindowNanos;
    this.maxQueue = maxQueue;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(
                () ->
                    inherited < 0
                        ? new EpollServerSocketChannel()
                        : new EpollServerSocketChannel(inherited))
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
    this.channel =
        (inherited < 0 ? bootstrap.bind(address) : bootstrap.register())
            .syncUninterruptibly()
            .channel();
  }

  /** The port that the socket is bound to. */
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private static AdaptiveRecvByteBufAllocator reads() {
    AdaptiveRecvByteBufAllocator reads = new AdaptiveRecvByteBufAllocator(2048, 4096, 32 << 10);
    reads.maxMessagesPerRead(2);
    return reads;
  }

  int number() {
    return number;
  }

  TcpConnections connections() {
    return connections;
  }

  LinkReceiver receiver() {
    return receiver;
  }

  long handWindowNanos() {
    return handWindowNanos.getAsLong();
  }

  int maxQueue() {
    return maxQueue;
  }

  /** Where connections put a received packet. */
  MemorySegment packet() {
    return in;
  }

  void packetUsed() {
    packetUsed.run();
  }

  void mustFlush(TcpConnection connection) {
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
    channel.close();
    for (TcpConnection connection : connections.all()) {
      connection.hangUp();
    }
  }
}
