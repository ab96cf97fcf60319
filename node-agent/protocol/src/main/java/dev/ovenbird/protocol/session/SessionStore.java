package dev.ovenbird.protocol.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;

/**
 * Memory for all that must survive the process so that its sessions do: the secret of the stateless
 * handshake's cookies, and a {@link SessionRecord} for each peer id. Whoever keeps the memory, in a
 * file that is mapped, gives it to the next process' endpoint. It holds keys: it is as secret as
 * they are, and no copy of it may ever be used after the original was (packet ids would repeat).
 *
 * <pre>
 *    0  layout, written last; 0 = nothing is here yet
 *    8  latest time used in replay ids, Unix seconds
 *   16  secret of the cookies (32)
 *   48  how many records have ever been used: the lowest
 *   …   zero, up to a page; then the sessions' records
 * </pre>
 */
public final class SessionStore {
  /** Changes with every change of what lies where. */
  public static final int LAYOUT = 2;

  private static final long LAYOUT_AT = 0;
  private static final long WALL_AT = 8;
  private static final long COOKIE_AT = 16;
  private static final int COOKIE_BYTES = 32;
  private static final long USED_AT = 48;
  private static final long HEADER_BYTES = 4096;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final MemorySegment memory;
  private final boolean kept;
  private long latest;
  private long floor;

  private SessionStore(MemorySegment memory, boolean kept) {
    this.memory = memory;
    this.kept = kept;
  }

  /** Bytes of memory for so many sessions. */
  public static long bytes(int sessions) {
    return HEADER_BYTES + sessions * SessionRecord.BYTES;
  }

  /**
   * Takes memory that an earlier endpoint has left, or that is zero.
   *
   * @param memory {@link #bytes} long; page aligned where it is a mapped file
   */
  public static SessionStore kept(MemorySegment memory) {
    SessionStore store = new SessionStore(memory, true);
    long layout = memory.get(LONG, LAYOUT_AT);
    if (layout != 0 && layout != LAYOUT) {
      memory.fill((byte) 0);
    }
    store.latest = memory.get(LONG, WALL_AT);
    // Counters of handshakes that were not kept begin again, so their time has to be a later one.
    store.floor = store.latest == 0 ? 0 : store.latest + 1;
    return store;
  }

  /** Over memory that nobody keeps: the hot records of data keys alone. */
  static SessionStore unkept(MemorySegment records) {
    return new SessionStore(records, false);
  }

  /** How many sessions it is for. */
  long sessions() {
    return kept
        ? (memory.byteSize() - HEADER_BYTES) / SessionRecord.BYTES
        : memory.byteSize() / ServerEndpoint.RECORD_BYTES;
  }

  boolean isKept() {
    return kept;
  }

  /** How many peer ids may have a session in their records. */
  int used() {
    return kept ? (int) Math.clamp(memory.get(LONG, USED_AT), 0, sessions()) : 0;
  }

  SessionRecord record(int peerId) {
    // What nobody has used is neither looked at, at a restore, nor wiped.
    if (kept && peerId >= used()) {
      memory.set(LONG, USED_AT, peerId + 1L);
    }
    return kept
        ? SessionRecord.kept(memory, HEADER_BYTES + peerId * SessionRecord.BYTES)
        : SessionRecord.unkept(memory, peerId * ServerEndpoint.RECORD_BYTES);
  }

  /** The cookies' secret: the earlier endpoint's if there was one. The caller wipes it. */
  byte[] cookieSecret(SecureRandom random) {
    byte[] secret = new byte[COOKIE_BYTES];
    if (kept && memory.get(LONG, LAYOUT_AT) == LAYOUT) {
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, COOKIE_AT, secret, 0, COOKIE_BYTES);
      return secret;
    }
    random.nextBytes(secret);
    if (kept) {
      MemorySegment.copy(secret, 0, memory, ValueLayout.JAVA_BYTE, COOKIE_AT, COOKIE_BYTES);
      memory.set(LONG, LAYOUT_AT, LAYOUT);
    }
    return secret;
  }

  /** The time for replay ids: no earlier than any that an endpoint over this memory has used. */
  long replaySeconds(long wallSeconds) {
    long seconds = Math.max(wallSeconds, floor);
    if (seconds > latest) {
      latest = seconds;
      if (kept) {
        memory.set(LONG, WALL_AT, seconds);
      }
    }
    return seconds;
  }

  /** The latest time that {@link #replaySeconds} has given. */
  long latestSeconds() {
    return latest;
  }

  /** Zeroes everything: there are no sessions any more, and there will be none. */
  public void wipe() {
    memory.asSlice(0, HEADER_BYTES + used() * SessionRecord.BYTES).fill((byte) 0);
  }
}
