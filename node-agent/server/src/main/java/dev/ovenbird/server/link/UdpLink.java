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
 * One UDP socket: whole batches in and out, answers from the address that was written to. What one
 * peer sent in a row comes as one piece where the kernel can (UDP GRO). No allocation per packet.
 */
public final class UdpLink implements Link {
  private static final int SLOTS = 64;

  /** Each may hold as many datagrams. */
  private static final int RUN_SLOTS = 32;

  /** Enough per wake-up, so that the TUN and other sockets have their turns. */
  private static final int DATAGRAMS = 256;

  private final int number;
  private final UdpSocket socket;
  private final PathTable paths;
  private final LinkReceiver receiver;
  private final boolean receivesRuns;
  private final ReceiveBatch in;
  private final SendBatch out;
  private final FdHandle handle;
  private boolean behind = true;
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
    this.receivesRuns = socket.receiveRuns();
    this.in =
        receivesRuns
            ? new ReceiveBatch(arena, RUN_SLOTS, ReceiveBatch.RUN_BYTES)
            : new ReceiveBatch(arena, SLOTS, MAX_PACKET);
    this.out = new SendBatch(arena, socket.family(), SLOTS * 2, MAX_PACKET);
    this.handle = new FdHandle(socket.fd(), this::drain, this::flush);
  }

  /** Begins to receive. */
  public void start(IoEventLoop loop) {
    handle.register(loop);
    // What has waited here for its reader is read first; and if nothing has, that is known.
    loop.execute(this::drain);
  }

  public int port() {
    return socket.localPort();
  }

  /** Whether the kernel hands over runs of datagrams. */
  public boolean receivesRuns() {
    return receivesRuns;
  }

  @Override
  public boolean isBehind() {
    return behind;
  }

  private void drain() {
    int left = DATAGRAMS;
    while (left > 0) {
      int count = socket.receive(in);
      behind = count == in.slots();
      if (count == 0) {
        return;
      }
      receiver.turnBegins();
      int datagrams = 0;
      long bytes = 0;
      for (int slot = 0; slot < count; slot++) {
        datagrams += take(slot);
        bytes += in.length(slot);
      }
      receiver.counted(true, datagrams, bytes);
      receiver.turnEnds();
      if (count < in.slots()) {
        return;
      }
      left -= datagrams;
    }
  }

  /** Hands on what a slot holds; returns how many datagrams it is. */
  private int take(int slot) {
    if (in.truncated(slot)) {
      receiver.dropped(DropReason.MALFORMED);
      return 1;
    }
    LinkPath from = path(slot);
    int length = in.length(slot);
    int segment = in.segmentBytes(slot);
    int datagrams = 0;
    int at = 0;
    do {
      int bytes = Math.min(segment, length - at);
      if (bytes > MAX_PACKET) {
        receiver.dropped(DropReason.MALFORMED);
      } else {
        receiver.received(from, in.memory(), in.offset(slot) + at, bytes);
      }
      datagrams++;
      at += bytes;
    } while (at < length);
    return datagrams;
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
