package dev.ovenbird.server.link;

import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.Transport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Turns the addresses of a datagram into a {@link LinkPath}, without allocation for a peer that was
 * seen lately. A cache of fixed size: sets of four, of which the one not used for longest goes, so
 * that a flood from forged addresses costs garbage but no memory. Not thread-safe.
 */
public final class PathTable {
  private static final int WAYS = 4;

  private final @Nullable LinkPath[] paths;
  private final int[] lastUsed;
  private final int setMask;
  private final long seed;
  private int uses;

  /**
   * @param capacity paths; rounded up to a power of two, at least 4
   * @param random so that nobody outside can tell which addresses share a set
   */
  public PathTable(int capacity, RandomGenerator random) {
    int rounded = Integer.highestOneBit(Math.max(WAYS, capacity) * 2 - 1);
    paths = new LinkPath[rounded];
    lastUsed = new int[rounded];
    setMask = rounded / WAYS - 1;
    seed = random.nextLong();
  }

  /** The path with these parts; see {@link LinkPath}. */
  public LinkPath intern(
      int listener,
      long remoteHigh,
      long remoteLow,
      int remotePort,
      long localHigh,
      long localLow,
      int interfaceIndex) {
    int set = set(listener, remoteHigh, remoteLow, remotePort) * WAYS;
    uses++;
    int oldest = set;
    for (int slot = set; slot < set + WAYS; slot++) {
      LinkPath path = paths[slot];
      if (path == null) {
        oldest = slot;
        break;
      }
      if (path.remoteLow() == remoteLow
          && path.remotePort() == remotePort
          && path.remoteHigh() == remoteHigh
          && path.localLow() == localLow
          && path.localHigh() == localHigh
          && path.listener() == listener
          && path.interfaceIndex() == interfaceIndex) {
        lastUsed[slot] = uses;
        return path;
      }
      if (lastUsed[slot] - lastUsed[oldest] < 0) {
        oldest = slot;
      }
    }
    LinkPath path =
        new LinkPath(
            Transport.UDP,
            listener,
            0,
            remoteHigh,
            remoteLow,
            remotePort,
            localHigh,
            localLow,
            interfaceIndex);
    paths[oldest] = path;
    lastUsed[oldest] = uses;
    return path;
  }

  /** Slots, used or not. */
  int capacity() {
    return paths.length;
  }

  private int set(int listener, long remoteHigh, long remoteLow, int remotePort) {
    long mixed = seed ^ remoteHigh;
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L + remoteLow;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL + ((long) remotePort << 32 | listener);
    mixed = (mixed ^ mixed >>> 31) * 0xbf58476d1ce4e5b9L;
    return (int) (mixed >>> 32) & setMask;
  }
}
