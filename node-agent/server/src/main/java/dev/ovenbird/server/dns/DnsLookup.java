package dev.ovenbird.server.dns;

import dev.ovenbird.server.metric.DnsEvent;
import dev.ovenbird.server.metric.Metrics;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One query on its way to the name servers. Each attempt has a socket of its own, connected to one
 * server: the kernel picks a random port and lets nothing in from elsewhere, and the id is random
 * too (RFC 5452). The first answer that fits wins; attempts go on listening until then. Confined to
 * its event loop.
 */
final class DnsLookup {
  static final int ATTEMPTS = 3;

  /** When each attempt begins unless the one before has failed, and when all have. */
  private static final long[] MILLIS = {0, 1_500, 4_000, 8_000};

  private static final int CONNECT_MILLIS = 3_000;
  private static final int LENGTH_BYTES = 2;

  private final EventLoop loop;
  private final DnsMessage.Query query;
  private final boolean tcp;
  private final List<InetSocketAddress> servers;
  private final DnsIds ids;
  private final Metrics metrics;
  private final BiConsumer<@Nullable InetSocketAddress, byte[]> done;
  private final List<Channel> channels = new ArrayList<>();
  private final List<Future<?>> timers = new ArrayList<>();
  private byte @Nullable [] refusal;
  private int begun;
  private int failed;
  private boolean isDone;

  /**
   * @param servers in the order in which to ask them
   * @param done gets the server that answered, if one did, and the answer as the client is to get
   *     it, once
   */
  DnsLookup(
      EventLoop loop,
      DnsMessage.Query query,
      boolean tcp,
      List<InetSocketAddress> servers,
      DnsIds ids,
      Metrics metrics,
      BiConsumer<@Nullable InetSocketAddress, byte[]> done) {
    this.loop = loop;
    this.query = query;
    this.tcp = tcp;
    this.servers = servers;
    this.ids = ids;
    this.metrics = metrics;
    this.done = done;
  }

  void start() {
    if (servers.isEmpty()) {
      finish(null, null);
      return;
    }
    for (int i = 1; i < ATTEMPTS; i++) {
      int attempt = i;
      timers.add(loop.schedule(() -> begin(attempt), MILLIS[i], TimeUnit.MILLISECONDS));
    }
    timers.add(loop.schedule(() -> finish(null, refusal), MILLIS[ATTEMPTS], TimeUnit.MILLISECONDS));
    begin(0);
  }

  /** Gives up without an answer. */
  void cancel() {
    isDone = true;
    close();
  }

  private void begin(int attempt) {
    if (isDone || attempt < begun) {
      return;
    }
    begun = attempt + 1;
    InetSocketAddress server = servers.get(attempt % servers.size());
    int id = ids.next();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(tcp ? EpollSocketChannel.class : EpollDatagramChannel.class)
            .handler(tcp ? new TcpAnswer(server, id) : new UdpAnswer(server, id));
    if (tcp) {
      bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS);
    } else {
      bootstrap.option(
          ChannelOption.RECVBUF_ALLOCATOR,
          new FixedRecvByteBufAllocator(DnsMessage.EDNS_UDP_BYTES + 1));
    }
    bootstrap
        .connect(server)
        .addListener(
            (ChannelFuture connected) -> {
              Channel channel = connected.channel();
              if (isDone) {
                channel.close();
              } else if (connected.isSuccess()) {
                channels.add(channel);
                channel.writeAndFlush(framed(query.withId(id)));
              } else {
                attemptFailed();
              }
            });
  }

  private ByteBuf framed(byte[] message) {
    if (!tcp) {
      return Unpooled.wrappedBuffer(message);
    }
    byte[] length = new byte[LENGTH_BYTES];
    DnsMessage.put16(length, 0, message.length);
    return Unpooled.wrappedBuffer(length, message);
  }

  /** Refused or reset: the next server need not wait for its time. */
  private void attemptFailed() {
    failed++;
    if (failed == ATTEMPTS) {
      finish(null, refusal);
    } else if (failed == begun) {
      begin(begun);
    }
  }

  private void received(InetSocketAddress server, byte[] message, int id) {
    if (isDone) {
      return;
    }
    if (!query.isAnsweredBy(message, id)) {
      metrics.dns(DnsEvent.MISMATCHED);
      return;
    }
    int code = DnsMessage.code(message);
    boolean refused = code == DnsMessage.SERVER_FAILURE || code == DnsMessage.REFUSED;
    if (refused && begun < Math.min(servers.size(), ATTEMPTS)) {
      // Another server may know better; if none does, this is the answer.
      refusal = message;
      attemptFailed();
    } else {
      finish(server, message);
    }
  }

  private void finish(@Nullable InetSocketAddress server, byte @Nullable [] message) {
    if (isDone) {
      return;
    }
    isDone = true;
    close();
    metrics.dns(message == null ? DnsEvent.FAILED : DnsEvent.ANSWERED);
    done.accept(
        server,
        message == null ? query.failure(DnsMessage.SERVER_FAILURE) : query.answer(message, tcp));
  }

  private void close() {
    timers.forEach(timer -> timer.cancel(false));
    channels.forEach(Channel::close);
  }

  /** Each datagram may be the answer. */
  private final class UdpAnswer extends SimpleChannelInboundHandler<DatagramPacket> {
    private final InetSocketAddress server;
    private final int id;

    UdpAnswer(InetSocketAddress server, int id) {
      this.server = server;
      this.id = id;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      if (packet.content().readableBytes() >= DnsMessage.HEADER_BYTES) {
        received(server, ByteBufUtil.getBytes(packet.content()), id);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // Port unreachable: an answer of the network's.
      context.close();
      if (!isDone) {
        attemptFailed();
      }
    }
  }

  /** One message with its length before it, in however many pieces it comes. */
  private final class TcpAnswer extends SimpleChannelInboundHandler<ByteBuf> {
    private final InetSocketAddress server;
    private final int id;
    private byte[] bytes = new byte[LENGTH_BYTES];
    private int filled;

    TcpAnswer(InetSocketAddress server, int id) {
      this.server = server;
      this.id = id;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf in) {
      while (in.isReadable() && filled < bytes.length) {
        int part = Math.min(in.readableBytes(), bytes.length - filled);
        in.readBytes(bytes, filled, part);
        filled += part;
        if (filled == LENGTH_BYTES && bytes.length == LENGTH_BYTES) {
          bytes = Arrays.copyOf(bytes, LENGTH_BYTES + DnsMessage.u16(bytes, 0));
        }
      }
      if (filled == bytes.length && filled >= LENGTH_BYTES + DnsMessage.HEADER_BYTES) {
        received(server, Arrays.copyOfRange(bytes, LENGTH_BYTES, filled), id);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!isDone) {
        attemptFailed();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
