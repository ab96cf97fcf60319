package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;

/**
 * One key id's data channel: seals and opens whole DATA_V1 and DATA_V2 packets in the format that
 * its session has agreed on (digest 5.1 to 5.5); made by {@link DataFormat#key}. What must not be
 * lost or rolled back lies in {@value #RECORD_BYTES} bytes of the caller's memory: see {@link
 * KeyRecord}.
 */
public sealed interface DataKey extends AutoCloseable
    permits ClassicDataKey, EpochDataKey, CbcDataKey {
  int RECORD_BYTES = 128;

  /** Statuses of {@link #open}, all negative: this one, of a length that no packet has. */
  int TOO_SHORT = -1;

  int BAD_TAG = -2;
  int REPLAY = -3;

  /** Of an epoch that is over, or further ahead than the next few; or of none. */
  int UNKNOWN_EPOCH = -4;

  int keyId();

  /**
   * Makes one packet.
   *
   * @param peerId the peer's number for DATA_V2; -1 for DATA_V1
   * @param out needs {@code length} + {@link DataFormat#overhead} bytes from {@code outOffset}
   * @return bytes written; 0 if this key can send no more
   */
  int seal(
      int peerId,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset);

  /**
   * Opens a packet whose key id is this key's, in place.
   *
   * @return length of the payload, which then lies {@link DataFormat#plaintextOffset} bytes behind
   *     {@code offset}; else one of the statuses
   */
  int open(MemorySegment packet, long offset, int length);

  /** Whether the key nears an end: of its packet ids, or of what its cipher may safely encrypt. */
  boolean needsRenegotiation();

  /** Wipes keys and record; after that nothing is sealed or opened. */
  @Override
  void close();
}
