package dev.ovenbird.server.link;

import dev.ovenbird.linux.udp.ReceiveBatch;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.server.loop.FdHandle;
import io.netty.channel.IoEventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One UDP socket: whole batches in and out, answers from the address that was written to. No
 * allocation per packet.
 */
public final class UdpLink implements Link {
  private static final int SLOTS = 64;

  /** Batches per turn, so that the TUN and other sockets have theirs. */
  private static final int ROUNDS = 4;

  private final int number;
  private final UdpSocket socket;
  private final PathTable paths;
  private final LinkReceiver receiver;
  private final ReceiveBatch in;
  private final SendBatch out;
  private final FdHandle handle;
  private long outBytes;
  private long droppedBefore;

  /**
   * @param number of this link in LinkPaths
   * @param socket closed by {@link #close}
   */
  public UdpLink(
      int number, UdpSocket socket, PathTable paths, LinkReceiver receiver, Arena arena) {
    this.number = number;
    this.socket = socket;
    this.paths = paths;
    this.receiver = receiver;
    this.in = new ReceiveBatch(arena, SLOTS, MAX_PACKET);
    this.out = new SendBatch(arena, socket.family(), SLOTS * 2, MAX_PACKET);
    this.handle = new FdHandle(socket.fd(), this::drain, this::flush);
  }

  /** Begins to receive. */
  public void start(IoEventLoop loop) {
    handle.register(loop);
  }

  public int port() {
    return socket.localPort();
  }

  private void drain() {
    for (int round = 0; round < ROUNDS; round++) {
      int count = socket.receive(in);
      if (count == 0) {
        return;
      }
      receiver.turnBegins();
      long bytes = 0;
      for (int slot = 0; slot < count; slot++) {
        bytes += in.length(slot);
        if (in.truncated(slot)) {
          receiver.dropped(DropReason.MALFORMED);
        } else {
          receiver.received(path(slot), in.memory(), in.offset(slot), in.length(slot));
        }
      }
      receiver.counted(true, count, bytes);
      receiver.turnEnds();
      if (count < SLOTS) {
        return;
      }
    }
  }

  private LinkPath path(int slot) {
    long remoteHigh = in.remoteHigh(slot);
    boolean linkLocal = (remoteHigh & 0xffc0_0000_0000_0000L) == 0xfe80_0000_0000_0000L;
    return paths.intern(
        number,
        remoteHigh,
        in.remoteLow(slot),
        in.remotePort(slot),
        in.localHigh(slot),
        in.localLow(slot),
        linkLocal ? in.interfaceIndex(slot) : 0);
  }

  @Override
  public long reserve() {
    int slot = out.reserve();
    if (slot < 0) {
      flush();
      slot = out.reserve();
    }
    return slot < 0 ? -1 : out.offset(slot);
  }

  @Override
  public MemorySegment buffer() {
    return out.memory();
  }

  @Override
  public void commit(LinkPath to, int length) {
    if (length > 0) {
      outBytes += length;
      out.commit(
          out.reserve(),
          length,
          to.remoteHigh(),
          to.remoteLow(),
          to.remotePort(),
          to.localHigh(),
          to.localLow(),
          to.interfaceIndex());
    }
  }

  @Override
  public void flush() {
    if (out.isEmpty()) {
      return;
    }
    int sent = socket.send(out);
    receiver.counted(false, sent, outBytes);
    outBytes = 0;
    for (; droppedBefore < socket.dropped(); droppedBefore++) {
      receiver.dropped(DropReason.NO_ROUTE);
    }
    handle.wantWritable(!out.isEmpty());
  }

  @Override
  public void close() {
    flush();
    handle.cancel();
    socket.close();
  }
}
