package dev.ovenbird.protocol.reliable;

import java.util.Arrays;

/**
 * Message ids to acknowledge, and those acknowledged last, which every packet repeats as room
 * allows: a lost acknowledgement then costs no retransmission. Digest 1.5.
 */
public final class AckList {
  /** A peer that keeps more waiting than this has to send again. */
  private static final int MAX_PENDING = 64;

  private static final int MAX_RECENT = 8;

  private final int[] pending = new int[MAX_PENDING];
  private int pendingCount;
  // Most recently sent first.
  private final int[] recent = new int[MAX_RECENT];
  private int recentCount;

  /** A message came: new, or a duplicate whose acknowledgement may be lost. */
  public void add(long id) {
    if (pendingCount < MAX_PENDING && indexOf(pending, pendingCount, (int) id) < 0) {
      pending[pendingCount++] = (int) id;
    }
  }

  /** Whether something is not acknowledged yet. */
  public boolean hasPending() {
    return pendingCount > 0;
  }

  /** How many ids {@link #take} would give. */
  public int size(int max) {
    int pendingTaken = Math.min(max, pendingCount);
    int size = pendingTaken;
    for (int i = 0; i < recentCount && size < max; i++) {
      if (indexOf(pending, pendingTaken, recent[i]) < 0) {
        size++;
      }
    }
    return size;
  }

  /** Ids for the next packet: those pending, oldest first, then repetitions, newest first. */
  public int[] take(int max) {
    int[] taken = new int[size(max)];
    int pendingTaken = Math.min(max, pendingCount);
    System.arraycopy(pending, 0, taken, 0, pendingTaken);
    int next = pendingTaken;
    for (int i = 0; i < recentCount && next < taken.length; i++) {
      if (indexOf(taken, pendingTaken, recent[i]) < 0) {
        taken[next++] = recent[i];
      }
    }
    System.arraycopy(pending, pendingTaken, pending, 0, pendingCount - pendingTaken);
    pendingCount -= pendingTaken;
    for (int i = 0; i < pendingTaken; i++) {
      remember(taken[i]);
    }
    return taken;
  }

  private void remember(int id) {
    int at = indexOf(recent, recentCount, id);
    if (at < 0) {
      at = recentCount < MAX_RECENT ? recentCount++ : MAX_RECENT - 1;
    }
    System.arraycopy(recent, 0, recent, 1, at);
    recent[0] = id;
  }

  private static int indexOf(int[] ids, int count, int id) {
    for (int i = 0; i < count; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return "pending " + Arrays.toString(Arrays.copyOf(pending, pendingCount));
  }
}
