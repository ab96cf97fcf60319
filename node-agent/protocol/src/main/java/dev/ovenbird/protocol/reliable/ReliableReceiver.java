package dev.ovenbird.protocol.reliable;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts one negotiation's messages back in order. Digest 1.5. */
public final class ReliableReceiver {
  /** What became of a message, and so whether to acknowledge it. */
  public enum Offer {
    /** New: acknowledge. */
    STORED,
    /** Had it: acknowledge again, the first acknowledgement may be lost. */
    DUPLICATE,
    /** No room yet: no acknowledgement, so the peer sends it again. */
    BEYOND_WINDOW
  }

  private final int window;
  private final Map<Long, byte[]> buffered = new HashMap<>();
  private long nextId;

  public ReliableReceiver(int window) {
    this(window, 0);
  }

  /**
   * @param window messages held while an earlier one is missing
   * @param startId id of the first message: 0, or 1 after a stateless handshake
   */
  public ReliableReceiver(int window, long startId) {
    if (window < 1) {
      throw new IllegalArgumentException("window " + window);
    }
    this.window = window;
    nextId = startId;
  }

  /** Goes on with this id, where somebody else has received those before; nothing was held yet. */
  public void startAt(long id) {
    if (!buffered.isEmpty() || id < nextId) {
      throw new IllegalStateException("messages have been received");
    }
    nextId = id;
  }

  /** A message came; the payload is kept, not copied, if the answer is {@link Offer#STORED}. */
  public Offer offer(long id, byte[] payload) {
    if (id < nextId) {
      return Offer.DUPLICATE;
    }
    if (id - nextId >= window) {
      return Offer.BEYOND_WINDOW;
    }
    return buffered.putIfAbsent(id, payload) == null ? Offer.STORED : Offer.DUPLICATE;
  }

  /** The next message in order, once; null if it has not come yet. */
  public byte @Nullable [] next() {
    byte[] payload = buffered.remove(nextId);
    if (payload != null) {
      nextId++;
    }
    return payload;
  }
}
