package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import java.lang.foreign.MemorySegment;

/** What a link hands its packets to. Called on the event loop; must not throw. */
public interface LinkReceiver {
  /** Work on a batch begins: the time is read once. */
  void turnBegins();

  /** One packet; the buffer is the link's and may be changed until {@link #turnEnds}. */
  void received(LinkPath from, MemorySegment packet, long offset, int length);

  /** A TCP connection is over. */
  void disconnected(LinkPath path);

  /** The batch is done: whatever it caused goes out now. */
  void turnEnds();

  /** Packets and bytes that a link took in or sent. */
  void counted(boolean in, int packets, long bytes);

  void dropped(DropReason reason);

  /** TCP connections open now, over all listeners. */
  void connections(int open);
}
