package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.LinkPath;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The client's side of TCP: one connection to one server. */
public final class TcpDialer implements Link, TcpOwner {
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final int MAX_QUEUE = 64;

  private final LinkReceiver receiver;
  private final TcpConnections connections = new TcpConnections(1);
  private final TcpConnection connection = new TcpConnection(this);
  private final MemorySegment in;
  private final MemorySegment out;
  private boolean unflushed;

  public TcpDialer(LinkReceiver receiver, Arena arena) {
    this.receiver = receiver;
    this.in = arena.allocate(MAX_PACKET, 64);
    this.out = arena.allocate(MAX_PACKET, 64);
  }

  /** Connects; the result comes on the event loop. */
  public ChannelFuture connect(EventLoop loop, InetSocketAddress server) {
    return new Bootstrap()
        .group(loop)
        .channel(EpollSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(connection)
        .connect(server);
  }

  @Override
  public int number() {
    return 0;
  }

  @Override
  public TcpConnections connections() {
    return connections;
  }

  @Override
  public LinkReceiver receiver() {
    return receiver;
  }

  /** The endpoint ends the session itself if nothing comes. */
  @Override
  public long handWindowNanos() {
    return TimeUnit.DAYS.toNanos(36_500);
  }

  @Override
  public long firstPacketNanos() {
    return handWindowNanos();
  }

  @Override
  public int maxQueue() {
    return MAX_QUEUE;
  }

  @Override
  public MemorySegment packet() {
    return in;
  }

  @Override
  public void packetUsed() {
    receiver.turnEnds();
  }

  @Override
  public void mustFlush(TcpConnection flushed) {
    unflushed = true;
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
  public void commit(@Nullable LinkPath to, int length) {
    if (length > 0) {
      connection.send(out, 0, length);
    }
  }

  @Override
  public void flush() {
    if (unflushed) {
      unflushed = false;
      connection.flush();
    }
  }

  @Override
  public void close() {
    flush();
    connection.hangUp();
  }
}
