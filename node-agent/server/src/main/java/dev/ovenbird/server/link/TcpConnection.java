package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection: packets with a 16-bit length before each (digest 1.1). A length of 0 or above
 * {@link Link#MAX_PACKET} ends it. What waits to be sent is bounded; more is dropped, as on UDP.
 */
final class TcpConnection extends ChannelInboundHandlerAdapter {
  /** For how long a silent connection need not make room for another. */
  private static final long MAY_BE_SILENT_NANOS = 1_000_000_000L;

  private final TcpOwner owner;
  private final LengthFraming framing = new LengthFraming(Link.MAX_PACKET);
  private @Nullable ChannelHandlerContext context;
  private @Nullable LinkPath path;
  private @Nullable Future<?> handWindow;
  private @Nullable Future<?> firstPacket;
  private long sinceNanos;
  private int unflushed;
  private boolean closing;

  TcpConnection(TcpOwner owner) {
    this.owner = owner;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    sinceNanos = ctx.executor().ticker().nanoTime();
    long number = owner.connections().admit(sinceNanos);
    if (number == 0) {
      owner.receiver().dropped(DropReason.LIMIT);
      ctx.close();
      return;
    }
    if (!(ctx.channel().remoteAddress() instanceof InetSocketAddress remote)
        || !(ctx.channel().localAddress() instanceof InetSocketAddress local)) {
      // The peer is gone already.
      ctx.close();
      return;
    }
    context = ctx;
    path =
        new LinkPath(
            Transport.TCP,
            owner.number(),
            number,
            Addresses.high(remote.getAddress()),
            Addresses.low(remote.getAddress()),
            remote.getPort(),
            Addresses.high(local.getAddress()),
            Addresses.low(local.getAddress()),
            0);
    owner.connections().add(number, this);
    owner.receiver().connections(owner.connections().size());
    firstPacket =
        ctx.executor()
            .schedule(
                this::hangUp,
                Math.min(owner.handWindowNanos(), owner.firstPacketNanos()),
                TimeUnit.NANOSECONDS);
    closeUnlessAuthenticated();
  }

  /** Ends a connection that has said nothing for too long; false if it has not been so long. */
  boolean giveWay(long nowNanos) {
    ChannelHandlerContext ctx = context;
    LinkPath ended = path;
    if (ctx == null || ended == null || nowNanos - sinceNanos < MAY_BE_SILENT_NANOS) {
      return false;
    }
    closing = true;
    owner.receiver().dropped(DropReason.LIMIT);
    owner.connections().remove(ended.connection());
    ctx.close();
    return true;
  }

  private void spoke() {
    Future<?> timer = firstPacket;
    if (timer != null && !closing) {
      timer.cancel(false);
      firstPacket = null;
      owner.connections().spoke(this);
    }
  }

  /** Gives the peer one hand-window to become (or to become again) a session. */
  void closeUnlessAuthenticated() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && handWindow == null) {
      handWindow =
          ctx.executor().schedule(this::hangUp, owner.handWindowNanos(), TimeUnit.NANOSECONDS);
    }
  }

  void authenticated() {
    Future<?> timer = handWindow;
    if (timer != null) {
      timer.cancel(false);
      handWindow = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      LinkPath from = path;
      if (from == null || closing || !(message instanceof ByteBuf bytes)) {
        return;
      }
      owner.receiver().turnBegins();
      if (!read(bytes, from)) {
        owner.receiver().dropped(DropReason.MALFORMED);
        ctx.close();
      }
      owner.receiver().turnEnds();
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private boolean read(ByteBuf bytes, LinkPath from) {
    MemorySegment packet = owner.packet();
    while (!closing) {
      int length = framing.next(bytes, packet);
      if (length <= 0) {
        return length == 0;
      }
      owner.receiver().counted(true, 1, length);
      owner.receiver().received(from, packet, 0, length);
      // What was decrypted in place must leave before the buffer is used again.
      owner.packetUsed();
      spoke();
    }
    return true;
  }

  /** Queues a packet, or drops it if too much waits. */
  void send(MemorySegment packet, long offset, int length) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || closing) {
      return;
    }
    if (waiting(ctx) >= owner.maxQueue() || !ctx.channel().isWritable()) {
      owner.receiver().dropped(DropReason.QUEUE_FULL);
      return;
    }
    ByteBuf framed = ctx.alloc().directBuffer(2 + length);
    framed.writeShort(length);
    framed.writeBytes(packet.asSlice(offset, length).asByteBuffer());
    if (unflushed++ == 0) {
      owner.mustFlush(this);
    }
    owner.receiver().counted(false, 1, length);
    ctx.write(framed, ctx.voidPromise());
  }

  private int waiting(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.size() + unflushed;
  }

  void flush() {
    unflushed = 0;
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.flush();
    }
  }

  /**
   * Closes after what was queued: first our direction, so that the peer reads it all; a close with
   * unread bytes from the peer would be a reset, which discards what it has not read yet.
   */
  void hangUp() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && !closing) {
      closing = true;
      unflushed = 0;
      ctx.writeAndFlush(ctx.alloc().buffer(0)).addListener(done -> shutdownOutput(ctx));
      // A peer that reads nothing must not keep the connection open.
      ctx.executor().schedule(() -> ctx.close(), 5, TimeUnit.SECONDS);
    }
  }

  private static void shutdownOutput(ChannelHandlerContext ctx) {
    if (ctx.channel() instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    } else {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    LinkPath ended = path;
    closing = true;
    authenticated();
    Future<?> timer = firstPacket;
    if (timer != null) {
      timer.cancel(false);
      firstPacket = null;
    }
    if (ended != null) {
      owner.connections().remove(ended.connection());
      owner.receiver().connections(owner.connections().size());
      owner.receiver().turnBegins();
      owner.receiver().disconnected(ended);
      owner.receiver().turnEnds();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Connections break; that the session ended is logged, why TCP failed is no news.
    ctx.close();
  }
}
