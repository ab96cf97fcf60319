package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.LinkPath;
import java.lang.foreign.MemorySegment;

/**
 * One socket of the link side. A packet is written straight into the link's own buffer: {@link
 * #reserve}, write at {@link #buffer}, {@link #commit}. Used by the event loop only.
 */
public interface Link extends AutoCloseable {
  /** Largest packet sent or received, bytes: a control packet with a wrapped client key. */
  int MAX_PACKET = 3072;

  /**
   * Makes room for one packet of up to {@link #MAX_PACKET} bytes.
   *
   * @return where to write it in {@link #buffer}; valid until the next call to this link; -1 if the
   *     link takes no more now: drop the packet
   */
  long reserve();

  /** The memory that {@link #reserve} points into. */
  MemorySegment buffer();

  /** Sends the reserved bytes, at the latest with {@link #flush}. */
  void commit(LinkPath to, int length);

  /** Everything committed goes out now; what the kernel does not take is dropped and counted. */
  void flush();

  /** Whether it has left packets unread so that others have their turn, or has read none yet. */
  default boolean isBehind() {
    return false;
  }

  /** Closes a TCP connection after what is queued for it; nothing for UDP. */
  default void hangUp(LinkPath path) {}

  /** A session lives on this path: it is no longer closed for saying nothing. */
  default void authenticated(LinkPath path, boolean is) {}

  @Override
  void close();
}
