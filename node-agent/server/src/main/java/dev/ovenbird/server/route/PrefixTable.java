package dev.ovenbird.server.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Longest-prefix match over one address family, without allocation in {@link #lookup}: one
 * open-addressing hash over (prefix, length), asked once per length that is present, longest first.
 * Host routes, nearly all entries, are found by the first question. Not thread-safe.
 */
final class PrefixTable<V> {
  private static final int EMPTY = -1;

  private long[] highs;
  private long[] lows;
  private int[] lengths;
  private @Nullable Object[] values;
  private int size;
  private final int[] countOfLength = new int[129];
  private int[] present = new int[0];

  PrefixTable() {
    highs = new long[16];
    lows = new long[16];
    lengths = new int[16];
    values = new Object[16];
    Arrays.fill(lengths, EMPTY);
  }

  int size() {
    return size;
  }

  /** The value of the longest prefix that contains the address; null if none does. */
  @Nullable V lookup(long high, long low) {
    for (int length : present) {
      int slot = find(high & Cidr.highMask(length), low & Cidr.lowMask(length), length);
      if (lengths[slot] != EMPTY) {
        return value(slot);
      }
    }
    return null;
  }

  /** The value of exactly this prefix; null if it has none. */
  @Nullable V get(Cidr prefix) {
    int slot = find(prefix.high(), prefix.low(), prefix.length());
    return lengths[slot] == EMPTY ? null : value(slot);
  }

  /** Sets the value of a prefix. */
  void put(Cidr prefix, V value) {
    int slot = find(prefix.high(), prefix.low(), prefix.length());
    boolean added = lengths[slot] == EMPTY;
    highs[slot] = prefix.high();
    lows[slot] = prefix.low();
    lengths[slot] = prefix.length();
    values[slot] = value;
    if (added) {
      size++;
      if (countOfLength[prefix.length()]++ == 0) {
        listPresent();
      }
      if (size * 2 > lengths.length) {
        grow();
      }
    }
  }

  /** Removes a prefix; nothing happens if it is absent. */
  void remove(Cidr prefix) {
    int slot = find(prefix.high(), prefix.low(), prefix.length());
    if (lengths[slot] == EMPTY) {
      return;
    }
    size--;
    if (--countOfLength[prefix.length()] == 0) {
      listPresent();
    }
    closeGap(slot);
  }

  @SuppressWarnings("unchecked") // only put() writes values
  private @Nullable V value(int slot) {
    return (V) values[slot];
  }

  private int find(long high, long low, int length) {
    int mask = lengths.length - 1;
    int slot = hash(high, low, length) & mask;
    while (lengths[slot] != EMPTY
        && (lows[slot] != low || highs[slot] != high || lengths[slot] != length)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void closeGap(int gap) {
    int mask = lengths.length - 1;
    int slot = gap;
    while (true) {
      slot = (slot + 1) & mask;
      if (lengths[slot] == EMPTY) {
        break;
      }
      int home = hash(highs[slot], lows[slot], lengths[slot]) & mask;
      // An entry may move back only if its home is not between the gap and where it lies.
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        highs[gap] = highs[slot];
        lows[gap] = lows[slot];
        lengths[gap] = lengths[slot];
        values[gap] = values[slot];
        gap = slot;
      }
    }
    lengths[gap] = EMPTY;
    values[gap] = null;
  }

  private void grow() {
    long[] oldHighs = highs;
    long[] oldLows = lows;
    int[] oldLengths = lengths;
    @Nullable Object[] oldValues = values;
    int capacity = lengths.length * 2;
    highs = new long[capacity];
    lows = new long[capacity];
    lengths = new int[capacity];
    values = new Object[capacity];
    Arrays.fill(lengths, EMPTY);
    for (int i = 0; i < oldLengths.length; i++) {
      if (oldLengths[i] != EMPTY) {
        int slot = find(oldHighs[i], oldLows[i], oldLengths[i]);
        highs[slot] = oldHighs[i];
        lows[slot] = oldLows[i];
        lengths[slot] = oldLengths[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private void listPresent() {
    int[] list = new int[129];
    int count = 0;
    for (int length = 128; length >= 0; length--) {
      if (countOfLength[length] > 0) {
        list[count++] = length;
      }
    }
    present = Arrays.copyOf(list, count);
  }

  private static int hash(long high, long low, int length) {
    long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0xbf58476d1ce4e5b9L + length;
    mixed ^= mixed >>> 32;
    mixed *= 0x94d049bb133111ebL;
    return (int) (mixed ^ mixed >>> 29);
  }
}
