package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The live data keys of one session: every one of them decrypts, one encrypts. Each has a slot in
 * the session's record memory. Four are kept, though 2.x knows two: an OpenVPN 3 client sends on
 * its old primary over several soft resets.
 */
final class DataKeyRing {
  static final int SLOTS = 8;
  private static final int LIVE = 4;

  private final SessionRecord record;
  // Newest first.
  private final @Nullable DataKey[] keys = new @Nullable DataKey[LIVE];
  private final int[] slots = new int[LIVE];
  private final long[] expires = new long[LIVE];
  private int usedSlots;
  private @Nullable DataKey sending;

  DataKeyRing(SessionRecord record) {
    this.record = record;
  }

  SessionRecord record() {
    return record;
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
    return record.keyOffset(slot);
  }

  /** Gives back a slot whose key was never added; what was derived for it is nobody's. */
  void release(long recordOffset) {
    int slot = record.slotOf(recordOffset);
    record.wipeSecret(record.secretOffset(slot));
    usedSlots &= ~(1 << slot);
  }

  /**
   * Adds the newest key; older ones live until {@code olderExpire} (boot nanoseconds) at the most.
   */
  void add(DataKey key, long recordOffset, long olderExpire) {
    // However old it is, the key that is sent with stays: OpenVPN 3 sends on it too, and gives up
    // those in between if soft resets follow one another (tried: an agent killed every 15 s).
    int last = keys[LIVE - 1] != null && keys[LIVE - 1] == sending ? LIVE - 2 : LIVE - 1;
    drop(last);
    for (int i = last; i > 0; i--) {
      keys[i] = keys[i - 1];
      slots[i] = slots[i - 1];
      expires[i] = Math.min(expires[i - 1], olderExpire);
    }
    keys[0] = key;
    slots[0] = record.slotOf(recordOffset);
    expires[0] = Long.MAX_VALUE;
    if (sending == null) {
      sendWith(0);
    }
  }

  /** Adds a key of an earlier process, older than those added before; false if it has no place. */
  boolean addOlder(DataKey key, int slot, long keyExpires) {
    int i = 0;
    while (i < LIVE && keys[i] != null) {
      i++;
    }
    if (i == LIVE || (usedSlots & 1 << slot) != 0) {
      return false;
    }
    keys[i] = key;
    slots[i] = slot;
    expires[i] = keyExpires;
    usedSlots |= 1 << slot;
    return true;
  }

  /** Sends with the key in this slot, as the earlier process did; with the newest if it is gone. */
  void sendFrom(int slot) {
    int at = 0;
    for (int i = 0; i < LIVE; i++) {
      if (keys[i] != null && slots[i] == slot) {
        at = i;
      }
    }
    sendWith(at);
  }

  /** Zeroes what an earlier process has left in slots without a live key. */
  void wipeFreeSlots() {
    for (int slot = 0; slot < SLOTS; slot++) {
      if ((usedSlots & 1 << slot) == 0) {
        record.wipeSecret(record.secretOffset(slot));
        record.wipeKey(slot);
      }
    }
  }

  private void sendWith(int i) {
    sending = keys[i];
    record.sending(keys[i] == null ? -1 : slots[i]);
  }

  /** The live keys, newest first. */
  List<SavedSession.Key> saved() {
    List<SavedSession.Key> live = new ArrayList<>();
    for (int i = 0; i < LIVE; i++) {
      DataKey key = keys[i];
      if (key != null) {
        live.add(new SavedSession.Key(slots[i], key.keyId(), expires[i]));
      }
    }
    return live;
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
    if (sending != keys[0]) {
      sendWith(0);
    }
  }

  /**
   * An authentic packet came on this key: the peer has it, so a newer one than ours is fit to send.
   */
  void received(DataKey key) {
    if (key != sending && age(key) < age(sending)) {
      sendWith(age(key));
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
    boolean sent = key == sending;
    key.close();
    record.wipeSecret(record.secretOffset(slots[i]));
    usedSlots &= ~(1 << slots[i]);
    keys[i] = null;
    if (sent) {
      sendWith(0);
    }
  }

  /** Wipes every key. */
  void close() {
    for (int i = LIVE - 1; i >= 0; i--) {
      drop(i);
    }
    sending = null;
  }
}
