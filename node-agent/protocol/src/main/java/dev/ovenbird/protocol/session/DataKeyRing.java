package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The live data keys of one session: every one of them decrypts, one encrypts. Each has a slot in
 * the session's record memory. Four are kept, though 2.x knows two: an OpenVPN 3 client sends on
 * its old primary over several soft resets.
 */
final class DataKeyRing {
  static final int SLOTS = 8;
  private static final int LIVE = 4;

  private final MemorySegment records;
  private final long offset;
  // Newest first.
  private final @Nullable DataKey[] keys = new @Nullable DataKey[LIVE];
  private final int[] slots = new int[LIVE];
  private final long[] expires = new long[LIVE];
  private int usedSlots;
  private @Nullable DataKey sending;

  DataKeyRing(MemorySegment records, long offset) {
    this.records = records;
    this.offset = offset;
  }

  MemorySegment records() {
    return records;
  }

  /**
   * Takes a free slot for a key that is about to be derived; its record's offset, -1 if none is
   * free.
   */
  long reserve() {
    int slot = Integer.numberOfTrailingZeros(~usedSlots & 0xff);
    if (slot >= SLOTS) {
      return -1;
    }
    usedSlots |= 1 << slot;
    return offset + (long) slot * DataKey.RECORD_BYTES;
  }

  /** Gives back a slot whose key was never added. */
  void release(long recordOffset) {
    usedSlots &= ~(1 << (int) ((recordOffset - offset) / DataKey.RECORD_BYTES));
  }

  /**
   * Adds the newest key; older ones live until {@code olderExpire} (boot nanoseconds) at the most.
   */
  void add(DataKey key, long recordOffset, long olderExpire) {
    drop(LIVE - 1);
    for (int i = LIVE - 1; i > 0; i--) {
      keys[i] = keys[i - 1];
      slots[i] = slots[i - 1];
      expires[i] = Math.min(expires[i - 1], olderExpire);
    }
    keys[0] = key;
    slots[0] = (int) ((recordOffset - offset) / DataKey.RECORD_BYTES);
    expires[0] = Long.MAX_VALUE;
    if (sending == null) {
      sending = key;
    }
  }

  /** The newest key with this key id, or null. */
  @Nullable DataKey find(int keyId) {
    for (int i = 0; i < LIVE; i++) {
      DataKey key = keys[i];
      if (key != null && key.keyId() == keyId) {
        return key;
      }
    }
    return null;
  }

  @Nullable DataKey sending() {
    return sending;
  }

  @Nullable DataKey newest() {
    return keys[0];
  }

  /** Sends with the newest key from now on. */
  void sendWithNewest() {
    sending = keys[0];
  }

  /**
   * An authentic packet came on this key: the peer has it, so a newer one than ours is fit to send.
   */
  void received(DataKey key) {
    if (key != sending && age(key) < age(sending)) {
      sending = key;
    }
  }

  private int age(@Nullable DataKey key) {
    for (int i = 0; i < LIVE; i++) {
      if (keys[i] == key) {
        return i;
      }
    }
    return LIVE;
  }

  /** Wipes keys whose time has come; when the next one's comes. */
  long expire(long bootNanos) {
    long next = Long.MAX_VALUE;
    for (int i = 0; i < LIVE; i++) {
      if (keys[i] != null && expires[i] <= bootNanos) {
        drop(i);
      } else if (keys[i] != null) {
        next = Math.min(next, expires[i]);
      }
    }
    return next;
  }

  private void drop(int i) {
    DataKey key = keys[i];
    if (key == null) {
      return;
    }
    if (key == sending) {
      sending = i == 0 ? null : keys[0];
    }
    key.close();
    usedSlots &= ~(1 << slots[i]);
    keys[i] = null;
  }

  /** Wipes every key. */
  void close() {
    for (int i = LIVE - 1; i >= 0; i--) {
      drop(i);
    }
    sending = null;
  }
}
