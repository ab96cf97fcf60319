package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The AEAD format of every version since 2.4: packet id of 32 bits, tag before the text (digest
 * 5.2). No allocation per packet of its own.
 */
final class ClassicDataKey implements DataKey {
  private static final int ID_BYTES = 4;
  private static final long GCM_RENEWAL = KeyRecord.GCM_LIMIT / 8 * 7;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final int keyId;
  private final boolean limited;
  private final Aead sealing;
  private final Aead opening;
  private final long sealingIv;
  private final long openingIv;
  private final KeyRecord record;
  private boolean closed;

  ClassicDataKey(
      AeadProvider provider,
      DataCipher cipher,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment memory,
      long recordOffset,
      boolean resumed) {
    this.keyId = keyId;
    this.limited = cipher.isGcm();
    byte[] sealingKey = block.cipherKey(self, cipher);
    byte[] openingKey = block.cipherKey(self.peer(), cipher);
    sealingIv = block.implicitIv(self);
    openingIv = block.implicitIv(self.peer());
    record =
        new KeyRecord(
            memory, recordOffset, resumed, cipher.ordinal(), keyId, sealingKey, openingKey);
    sealing = provider.create(cipher, sealingKey, true);
    opening = provider.create(cipher, openingKey, false);
    Arrays.fill(sealingKey, (byte) 0);
    Arrays.fill(openingKey, (byte) 0);
  }

  static int overhead(boolean v2) {
    return DataHeader.bytes(v2) + ID_BYTES + Aead.TAG_BYTES;
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
    if (closed) {
      return 0;
    }
    long id = record.nextId();
    if (id == 0) {
      return 0;
    }
    boolean v2 = peerId >= 0;
    long idOffset = outOffset + DataHeader.bytes(v2);
    DataHeader.write(out, outOffset, keyId, peerId);
    out.set(INT, idOffset, (int) id);
    long aadOffset = v2 ? outOffset : idOffset;
    long tagOffset = idOffset + ID_BYTES;
    sealing.seal(
        (int) id,
        sealingIv,
        plain,
        plainOffset,
        length,
        out,
        aadOffset,
        v2 ? 4 + ID_BYTES : ID_BYTES,
        tagOffset + Aead.TAG_BYTES,
        tagOffset);
    int total = length + overhead(v2);
    record.add(KeyRecord.SEALED, KeyRecord.usage(total));
    return total;
  }

  @Override
  public int open(MemorySegment packet, long offset, int length) {
    if (length < 1) {
      return TOO_SHORT;
    }
    boolean v2 = DataHeader.isV2(packet, offset);
    int payload = length - overhead(v2);
    if (payload < 1) {
      return TOO_SHORT;
    }
    if (closed || record.get(KeyRecord.FORGERIES) > KeyRecord.FORGERIES_LIMIT) {
      return BAD_TAG;
    }
    long idOffset = offset + DataHeader.bytes(v2);
    int id = packet.get(INT, idOffset);
    long tagOffset = idOffset + ID_BYTES;
    boolean authentic =
        opening.open(
            id,
            openingIv,
            packet,
            v2 ? offset : idOffset,
            v2 ? 4 + ID_BYTES : ID_BYTES,
            tagOffset + Aead.TAG_BYTES,
            payload,
            tagOffset);
    record.add(KeyRecord.OPENED, KeyRecord.usage(length));
    if (!authentic) {
      record.add(KeyRecord.FORGERIES, 1);
      return BAD_TAG;
    }
    return record.accept(KeyRecord.WINDOW, id & 0xFFFFFFFFL) ? payload : REPLAY;
  }

  @Override
  public boolean needsRenegotiation() {
    if (closed) {
      return false;
    }
    return record.isNearLastId()
        || record.get(KeyRecord.FORGERIES) > KeyRecord.FORGERIES_RENEWAL
        || (limited
            && (record.get(KeyRecord.SEALED) >= GCM_RENEWAL
                || record.get(KeyRecord.OPENED) >= GCM_RENEWAL));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      sealing.close();
      opening.close();
      record.wipe();
    }
  }
}
