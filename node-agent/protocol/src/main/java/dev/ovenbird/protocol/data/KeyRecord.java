package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A data key's state that must not be lost or rolled back, in {@link DataKey#RECORD_BYTES} bytes of
 * somebody's memory, native byte order:
 *
 * <pre>
 *   0  packet id last sent, advanced before the packet is made;
 *      with epochs as on the wire: epoch in the upper 16 bits, its counter in the lower 48
 *   8  replay window: highest id received, then the bitmap (see ReplayWindow)
 *  24  marker: start of a hash over the keys, ties the record to them; 0 = no key
 *  32  packets + cipher blocks sealed, by the key of the send epoch
 *  40  packets + cipher blocks opened, by the key of the receive epoch
 *  48  packets that did not authenticate, in the receive epoch
 *  56  epoch of the window at 8; 0 = none
 *  64  a second replay window: the two epochs that are received take turns
 *  80  epoch of the window at 64; 0 = none. The receive epoch is the greater of the two
 *  88  zero
 * </pre>
 */
final class KeyRecord {
  static final long SENT_ID = 0;
  static final long SEALED = 32;
  static final long OPENED = 40;
  static final long FORGERIES = 48;

  /** Where the two windows are, and their epochs. */
  static final long WINDOW = 8;

  static final long OTHER_WINDOW = 64;
  static final long WINDOW_EPOCH = 56;
  static final long OTHER_WINDOW_EPOCH = 80;

  /** Digest 5.6: what one key of AES-GCM may do, in packets and blocks. */
  static final long GCM_LIMIT = (1L << 36) - 1;

  /** Digest 5.6: renew a key after so many forgeries, and do not use it after these. */
  static final long FORGERIES_RENEWAL = 1L << 35;

  static final long FORGERIES_LIMIT = 1L << 36;

  /** Digest 5.4, packet ids of 32 bits: renegotiate from the first on, never send the second. */
  private static final long RENEGOTIATION_ID = 0xFF000000L;

  private static final long EXHAUSTED_ID = 0xFFFFFFFFL;

  private static final long MARKER = 24;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final MemorySegment memory;
  private final long offset;

  /**
   * Zeroes the record and marks it as that of these keys; or goes on with one that is.
   *
   * @param resumed whether it was begun by an earlier process
   * @throws StaleRecordException if it is resumed, and not the record of these keys
   */
  KeyRecord(
      MemorySegment memory, long offset, boolean resumed, int format, int keyId, byte[]... keys) {
    this.memory = memory;
    this.offset = offset;
    long marker = marker(format, keyId, keys);
    if (!resumed) {
      wipe();
      order();
      set(MARKER, marker);
    } else if (get(MARKER) != marker) {
      throw new StaleRecordException();
    } else {
      // A process that died between two writes to a window left it inexact: all up to the highest
      // id counts as seen.
      set(WINDOW + Long.BYTES, -1);
      set(OTHER_WINDOW + Long.BYTES, -1);
    }
  }

  /** The record does not belong to the key that it was found with. */
  static final class StaleRecordException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StaleRecordException() {
      super("the record is another key's");
    }
  }

  long get(long field) {
    return memory.get(LONG, offset + field);
  }

  void set(long field, long value) {
    memory.set(LONG, offset + field, value);
  }

  void add(long field, long amount) {
    set(field, get(field) + amount);
  }

  /** The next packet id of 32 bits, noted before it is used; 0 if there is none left. */
  long nextId() {
    long id = get(SENT_ID) + 1;
    if (id >= EXHAUSTED_ID) {
      return 0;
    }
    set(SENT_ID, id);
    return id;
  }

  /** Whether packet ids of 32 bits come to an end. */
  boolean isNearLastId() {
    return get(SENT_ID) >= RENEGOTIATION_ID;
  }

  /** Whether the id is new to the window; if so it is remembered. Only for authenticated ids. */
  boolean accept(long window, long id) {
    return ReplayWindow.accept(memory, offset + window, id);
  }

  /**
   * What was written before is in memory before what follows, for whoever finds it after a kill.
   */
  static void order() {
    VarHandle.releaseFence();
  }

  void wipe() {
    // First what ties it to its key: a process that dies here leaves no key with a counter of 0.
    set(MARKER, 0);
    order();
    memory.asSlice(offset, DataKey.RECORD_BYTES).fill((byte) 0);
  }

  /** Digest 5.6: one for the packet and one for each block; the header counts as payload. */
  static long usage(int packetLength) {
    return 1L + ((packetLength + 15) >> 4);
  }

  private static long marker(int format, int keyId, byte[]... keys) {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      hash.update((byte) format);
      hash.update((byte) keyId);
      for (byte[] key : keys) {
        hash.update(key);
      }
      long marker = ByteBuffer.wrap(hash.digest()).getLong();
      return marker == 0 ? 1 : marker;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
