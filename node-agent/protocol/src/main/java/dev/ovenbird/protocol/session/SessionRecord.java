package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.StaticKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one session leaves to the next process, in memory that outlives this one; native byte order:
 *
 * <pre>
 *      0  hot records of the data keys (8 × 128, see data.KeyRecord), one for each slot of the ring
 *   1024  key blocks of the same slots (8 × 256)
 *   3072  key of the wrap (256), key of the renewed wrap (256)
 *   3584  replay ids of the wrap: sent (8), received (16); the same of the renewed wrap
 *   3632  key ids: finished, under negotiation + 1, slot that is sent with + 1 (a byte each)
 *   3640  stage: 0 nothing, 1 keys made, 2 open, 3 the client has its options
 *   3648  which of the two addresses counts; then the addresses (2 × 56)
 *   4096  cold part A, 6144 cold part B: sequence (8), length (8; negative = deflated), hash over
 *         both and all (16), all
 * </pre>
 *
 * What changes with packets is changed in place, by single words, and before the packet leaves. The
 * cold part ({@link SavedSession}) changes with keys: it is written to the part that does not
 * count, whose sequence then makes it the one that does. Over memory that is not kept, only the hot
 * records exist, and everything else does nothing.
 */
final class SessionRecord {
  static final long BYTES = 8192;
  private static final int COLD_BYTES = 2048;

  /** Stages. */
  static final int NOTHING = 0;

  static final int KEYED = 1;
  static final int OPEN = 2;
  static final int ESTABLISHED = 3;

  private static final long SECRETS = (long) DataKeyRing.SLOTS * DataKey.RECORD_BYTES;
  private static final long WRAP = SECRETS + DataKeyRing.SLOTS * 256L;
  private static final long RENEWED = WRAP + StaticKey.BYTES;

  /** Of the wrap's replay ids; {@link #REPLAY_BYTES} further those of the renewed wrap. */
  private static final long REPLAY = RENEWED + StaticKey.BYTES;

  private static final long REPLAY_BYTES = 24;
  private static final long KEY_IDS = REPLAY + 2 * REPLAY_BYTES;
  private static final long STAGE = KEY_IDS + 8;
  private static final long PATH_INDEX = STAGE + 8;
  private static final long PATHS = PATH_INDEX + 8;
  private static final long PATH_BYTES = 56;
  private static final long COLD = 4096;
  private static final int COLD_HEADER = 32;
  private static final int COLD_ROOM = COLD_BYTES - COLD_HEADER;
  private static final int HASH_BYTES = 16;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final MemorySegment memory;
  private final long offset;
  private final boolean kept;

  private SessionRecord(MemorySegment memory, long offset, boolean kept) {
    this.memory = memory;
    this.offset = offset;
    this.kept = kept;
  }

  static SessionRecord kept(MemorySegment memory, long offset) {
    return new SessionRecord(memory, offset, true);
  }

  static SessionRecord unkept(MemorySegment memory, long offset) {
    return new SessionRecord(memory, offset, false);
  }

  boolean isKept() {
    return kept;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where the hot record of a slot of the ring lies. */
  long keyOffset(int slot) {
    return offset + (long) slot * DataKey.RECORD_BYTES;
  }

  int slotOf(long keyOffset) {
    return (int) ((keyOffset - offset) / DataKey.RECORD_BYTES);
  }

  /** Where a slot's key block lies; -1 = nowhere. */
  long secretOffset(int slot) {
    return kept ? offset + SECRETS + slot * 256L : -1;
  }

  /** Where the wrap's key lies, or that of the renewed wrap; -1 = nowhere. */
  long wrapOffset(boolean renewed) {
    return kept ? offset + (renewed ? RENEWED : WRAP) : -1;
  }

  /** Where the replay ids of a wrap lie: sent, then received. */
  long replayOffset(boolean renewed) {
    return offset + REPLAY + (renewed ? REPLAY_BYTES : 0);
  }

  /** A copy of a secret; the caller wipes it. */
  byte[] secret(long at) {
    return memory.asSlice(at, 256).toArray(BYTE);
  }

  void wipeSecret(long at) {
    if (kept) {
      memory.asSlice(at, 256).fill((byte) 0);
    }
  }

  void wipeKey(int slot) {
    memory.asSlice(keyOffset(slot), DataKey.RECORD_BYTES).fill((byte) 0);
  }

  // ---- hot words

  private long get(long field) {
    return kept ? memory.get(LONG, offset + field) : 0;
  }

  private void set(long field, long value) {
    if (kept) {
      // What was written before counts before this does, for whoever finds it after a crash.
      VarHandle.releaseFence();
      memory.set(LONG, offset + field, value);
    }
  }

  private void setByte(long shift, int value) {
    set(KEY_IDS, (get(KEY_IDS) & ~(0xffL << shift)) | ((long) value << shift));
  }

  private int getByte(long shift) {
    return (int) (get(KEY_IDS) >>> shift) & 0xff;
  }

  /** The last key id whose negotiation is through. */
  int finished() {
    return getByte(0) & 7;
  }

  /** The key id that is negotiated; -1 = none. */
  int negotiating() {
    return getByte(8) - 1;
  }

  void negotiating(int keyId) {
    setByte(8, keyId + 1);
  }

  void keyIds(int finished, int negotiating) {
    set(KEY_IDS, (get(KEY_IDS) & ~0xffffL) | ((negotiating + 1L) << 8) | finished);
  }

  /** The slot of the key that is sent with; -1 = none. */
  int sending() {
    return getByte(16) - 1;
  }

  void sending(int slot) {
    setByte(16, slot + 1);
  }

  int stage() {
    return (int) get(STAGE);
  }

  void stage(int stage) {
    set(STAGE, stage);
  }

  void path(LinkPath path) {
    if (!kept) {
      return;
    }
    long index = get(PATH_INDEX) == 0 ? 1 : 0;
    long at = offset + PATHS + index * PATH_BYTES;
    memory.set(LONG, at, path.listener());
    memory.set(LONG, at + 8, path.remoteHigh());
    memory.set(LONG, at + 16, path.remoteLow());
    memory.set(LONG, at + 24, path.remotePort());
    memory.set(LONG, at + 32, path.localHigh());
    memory.set(LONG, at + 40, path.localLow());
    memory.set(LONG, at + 48, path.interfaceIndex());
    set(PATH_INDEX, index);
  }

  LinkPath path() {
    long at = offset + PATHS + (get(PATH_INDEX) & 1) * PATH_BYTES;
    return new LinkPath(
        Transport.UDP,
        (int) memory.get(LONG, at),
        0,
        memory.get(LONG, at + 8),
        memory.get(LONG, at + 16),
        (int) memory.get(LONG, at + 24),
        memory.get(LONG, at + 32),
        memory.get(LONG, at + 40),
        (int) memory.get(LONG, at + 48));
  }

  // ---- cold part

  /** Writes the cold part; false if it is too long, and then there is none. */
  boolean save(byte[] cold) {
    if (!kept) {
      return false;
    }
    boolean fits = cold.length <= COLD_ROOM;
    byte[] written = fits ? cold : Deflated.of(cold, COLD_ROOM);
    if (written == null) {
      wipeCold();
      return false;
    }
    long sequence = Math.max(sequence(0), sequence(1)) + 1;
    long at = cold((int) (sequence & 1));
    memory.set(LONG, at, 0);
    VarHandle.releaseFence();
    long length = fits ? written.length : -written.length;
    memory.set(LONG, at + 8, length);
    byte[] hash = hash(sequence, length, written);
    MemorySegment.copy(hash, 0, memory, BYTE, at + 16, HASH_BYTES);
    MemorySegment.copy(written, 0, memory, BYTE, at + COLD_HEADER, written.length);
    VarHandle.releaseFence();
    memory.set(LONG, at, sequence);
    return true;
  }

  /** Whether a cold part was ever begun since the record was cleared. */
  boolean isTouched() {
    return memory.get(LONG, cold(0) + 8) != 0 || memory.get(LONG, cold(1) + 8) != 0;
  }

  /** The newest cold part that is whole; null if there is none. */
  byte @Nullable [] load() {
    int newest = sequence(1) > sequence(0) ? 1 : 0;
    byte[] cold = load(newest);
    return cold == null ? load(1 - newest) : cold;
  }

  private byte @Nullable [] load(int part) {
    long at = cold(part);
    long length = memory.get(LONG, at + 8);
    long sequence = sequence(part);
    if (sequence == 0 || length == 0 || length > COLD_ROOM || length < -COLD_ROOM) {
      return null;
    }
    byte[] written = memory.asSlice(at + COLD_HEADER, Math.abs(length)).toArray(BYTE);
    byte[] hash = memory.asSlice(at + 16, HASH_BYTES).toArray(BYTE);
    if (MessageDigest.isEqual(hash, hash(sequence, length, written))) {
      return length > 0 ? written : Deflated.inflate(written);
    }
    Arrays.fill(written, (byte) 0);
    return null;
  }

  private long cold(int part) {
    return offset + COLD + (long) part * COLD_BYTES;
  }

  private long sequence(int part) {
    return memory.get(LONG, cold(part));
  }

  private static byte[] hash(long sequence, long length, byte[] written) {
    MessageDigest digest = sha256();
    digest.update(ByteBuffer.allocate(16).putLong(sequence).putLong(length).array());
    return Arrays.copyOf(digest.digest(written), HASH_BYTES);
  }

  /** Ties a secret of this record to the cold part: the start of its hash. */
  long mark(long at) {
    byte[] secret = secret(at);
    long mark = ByteBuffer.wrap(sha256().digest(secret)).getLong();
    Arrays.fill(secret, (byte) 0);
    return mark;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private void wipeCold() {
    for (int part = 0; part < 2; part++) {
      long at = cold(part);
      // A part that was never written is a hole in the file, and stays one.
      if (memory.get(LONG, at + 8) != 0) {
        memory.set(LONG, at, 0);
        memory.asSlice(at, COLD_BYTES).fill((byte) 0);
      }
    }
  }

  /** Zeroes all of it but the hot records, which are their keys'. */
  void wipe() {
    if (kept) {
      wipeCold();
      memory.asSlice(offset + SECRETS, COLD - SECRETS).fill((byte) 0);
    }
  }

  /** Zeroes the hot records, too: there is no session here. */
  void clear() {
    wipe();
    if (kept) {
      memory.asSlice(offset, SECRETS).fill((byte) 0);
    }
  }
}
