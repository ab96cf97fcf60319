package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The AEAD format of 2.7 (digest 5.5): keys follow each other within one key id, by epoch; packet
 * ids of 16 + 48 bits, tag at the end, DATA_V2 only. Each side moves its own sending on, one epoch
 * at a time, and follows the other's. No allocation per packet of its own.
 */
final class EpochDataKey implements DataKey {
  /** Digest 5.5: from this send epoch on the whole key is renegotiated. */
  private static final int RENEGOTIATION_EPOCH = 0xF000;

  private static final long COUNTER_MASK = (1L << 48) - 1;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Beside the ordinals of {@link DataCipher}, in the record's marker. */
  private static final int MARKER = 0x40;

  private final int keyId;
  private final AeadProvider provider;
  private final DataCipher cipher;
  private final KeyRecord record;
  private final EpochSecret sendSecret;
  private final EpochReceiver receiver;
  private EpochAead sender;
  private boolean closed;

  EpochDataKey(
      AeadProvider provider,
      DataCipher cipher,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment memory,
      long recordOffset,
      boolean resumed) {
    this.keyId = keyId;
    this.provider = provider;
    this.cipher = cipher;
    byte[] sending = block.epochSecret(self);
    byte[] receiving = block.epochSecret(self.peer());
    int format = MARKER + cipher.ordinal();
    record = new KeyRecord(memory, recordOffset, resumed, format, keyId, sending, receiving);
    if (!resumed) {
      record.set(KeyRecord.SENT_ID, firstId(1));
    }
    sendSecret = new EpochSecret(sending);
    sendSecret.advanceTo((int) (record.get(KeyRecord.SENT_ID) >>> 48));
    sender = sendSecret.aead(provider, cipher, true);
    receiver =
        resumed
            ? EpochReceiver.resumed(provider, cipher, receiving, record)
            : EpochReceiver.begun(provider, cipher, receiving, record);
    Arrays.fill(sending, (byte) 0);
    Arrays.fill(receiving, (byte) 0);
  }

  private static long firstId(int epoch) {
    return (long) epoch << 48;
  }

  @Override
  public int keyId() {
    return keyId;
  }

  @Override
  public int seal(
      int peerId,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset) {
    if (closed || peerId < 0) {
      return 0;
    }
    int total = length + EpochAead.OVERHEAD;
    long usage = KeyRecord.usage(total);
    if (isSendEpochOver(usage) && !sendInEpoch(sender.epoch() + 1)) {
      return 0;
    }
    long id = record.get(KeyRecord.SENT_ID) + 1;
    record.set(KeyRecord.SENT_ID, id);
    record.add(KeyRecord.SEALED, usage);
    DataHeader.write(out, outOffset, keyId, peerId);
    out.set(LONG, outOffset + 4, id);
    sender.seal(id, plain, plainOffset, length, out, outOffset);
    return total;
  }

  private boolean isSendEpochOver(long usage) {
    if ((record.get(KeyRecord.SENT_ID) & COUNTER_MASK) == COUNTER_MASK) {
      return true;
    }
    boolean limited = cipher.isGcm();
    if (limited && record.get(KeyRecord.SEALED) + usage > KeyRecord.GCM_LIMIT) {
      return true;
    }
    // The peer has used up its key, or is being forged: it follows where we go.
    return sender.epoch() == receiver.epoch()
        && ((limited && record.get(KeyRecord.OPENED) > KeyRecord.GCM_LIMIT)
            || record.get(KeyRecord.FORGERIES) > KeyRecord.FORGERIES_RENEWAL);
  }

  /** Moves sending on to a later epoch; false if there are none left. */
  private boolean sendInEpoch(int epoch) {
    if (epoch > EpochReceiver.LAST_EPOCH) {
      return false;
    }
    sendSecret.advanceTo(epoch);
    sender.close();
    sender = sendSecret.aead(provider, cipher, true);
    record.set(KeyRecord.SENT_ID, firstId(epoch));
    record.set(KeyRecord.SEALED, 0);
    return true;
  }

  @Override
  public int open(MemorySegment packet, long offset, int length) {
    int payload = length - EpochAead.OVERHEAD;
    if (payload < 1) {
      return TOO_SHORT;
    }
    if (closed) {
      return BAD_TAG;
    }
    if (!DataHeader.isV2(packet, offset)) {
      return UNKNOWN_EPOCH;
    }
    long id = packet.get(LONG, offset + 4);
    long counter = id & COUNTER_MASK;
    if (counter == 0) {
      return REPLAY;
    }
    EpochAead key = receiver.find((int) (id >>> 48));
    if (key == null) {
      return UNKNOWN_EPOCH;
    }
    boolean future = key.epoch() > receiver.epoch();
    if (!future && record.get(KeyRecord.FORGERIES) > KeyRecord.FORGERIES_LIMIT) {
      return BAD_TAG;
    }
    if (!key.open(id, packet, offset, payload)) {
      record.add(KeyRecord.FORGERIES, 1);
      return BAD_TAG;
    }
    if (future) {
      receiver.advance(key);
      if (sender.epoch() < key.epoch()) {
        sendInEpoch(key.epoch());
      }
    }
    if (key.epoch() == receiver.epoch()) {
      record.add(KeyRecord.OPENED, KeyRecord.usage(length));
    }
    return record.accept(receiver.window(key), counter) ? payload : REPLAY;
  }

  @Override
  public boolean needsRenegotiation() {
    return !closed && sender.epoch() >= RENEGOTIATION_EPOCH;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      sender.close();
      sendSecret.wipe();
      receiver.close();
      record.wipe();
    }
  }
}
