package dev.ovenbird.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client's TCP connection: queries with their length before them, as many as it likes, answers in
 * the order in which they come (RFC 7766). Closed when idle, when a query is too long, and when the
 * client does not read.
 */
final class TcpQueries extends SimpleChannelInboundHandler<ByteBuf> {
  private static final int IDLE_SECONDS = 15;
  private static final int LENGTH_BYTES = 2;
  private static final int MAX_QUERY = 4096;

  private final BiConsumer<byte[], Consumer<byte[]>> asked;
  private byte[] bytes = new byte[LENGTH_BYTES];
  private int filled;
  private @Nullable Future<?> idle;

  /**
   * @param asked takes each query and what sends its answer
   */
  TcpQueries(BiConsumer<byte[], Consumer<byte[]>> asked) {
    this.asked = asked;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    expectMore(context);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf in) {
    while (in.isReadable() && context.channel().isOpen()) {
      int part = Math.min(in.readableBytes(), bytes.length - filled);
      in.readBytes(bytes, filled, part);
      filled += part;
      if (filled < bytes.length) {
        return;
      }
      if (filled == LENGTH_BYTES) {
        int length = DnsMessage.u16(bytes, 0);
        if (length < DnsMessage.HEADER_BYTES || length > MAX_QUERY) {
          context.close();
          return;
        }
        bytes = Arrays.copyOf(bytes, LENGTH_BYTES + length);
      } else {
        byte[] query = Arrays.copyOfRange(bytes, LENGTH_BYTES, filled);
        bytes = new byte[LENGTH_BYTES];
        filled = 0;
        expectMore(context);
        asked.accept(query, answer -> send(context, answer));
      }
    }
  }

  private void send(ChannelHandlerContext context, byte[] answer) {
    if (!context.channel().isActive()) {
      return;
    }
    if (!context.channel().isWritable()) {
      context.close();
      return;
    }
    byte[] length = new byte[LENGTH_BYTES];
    DnsMessage.put16(length, 0, answer.length);
    context.writeAndFlush(Unpooled.wrappedBuffer(length, answer));
    expectMore(context);
  }

  private void expectMore(ChannelHandlerContext context) {
    Future<?> before = idle;
    if (before != null) {
      before.cancel(false);
    }
    idle = context.executor().schedule(() -> context.close(), IDLE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Future<?> last = idle;
    if (last != null) {
      last.cancel(false);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
