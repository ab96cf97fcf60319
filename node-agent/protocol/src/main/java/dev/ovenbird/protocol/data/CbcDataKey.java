package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The oldest format that is served: HMAC, IV, and in AES-CBC the packet id and payload (digest
 * 5.3). Off unless configured. By the JDK's ciphers, at the cost of some garbage per packet.
 */
final class CbcDataKey implements DataKey {
  static final int ID_BYTES = 4;

  private final int keyId;
  private final int macBytes;
  private final KeyRecord record;
  private final CbcCipher sealing;
  private final CbcCipher opening;
  private byte[] clear = new byte[CbcCipher.TYPICAL_BYTES];
  private boolean closed;

  CbcDataKey(
      DataFormat format,
      KeyBlock block,
      Role self,
      int keyId,
      MemorySegment memory,
      long recordOffset,
      boolean resumed) {
    this.keyId = keyId;
    this.macBytes = format.auth().bytes();
    Role peer = self.peer();
    byte[] sealingKey = block.cipherKey(self, format.cipher());
    byte[] openingKey = block.cipherKey(peer, format.cipher());
    int ordinal = format.cipher().ordinal();
    record = new KeyRecord(memory, recordOffset, resumed, ordinal, keyId, sealingKey, openingKey);
    sealing = new CbcCipher(format.auth(), sealingKey, block.hmacKey(self, format.auth()));
    sealing.makeIvsBy(block.spareKey(self));
    opening = new CbcCipher(format.auth(), openingKey, block.hmacKey(peer, format.auth()));
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
    reserve(ID_BYTES + length);
    ByteBuffer.wrap(clear).putInt((int) id);
    MemorySegment.copy(plain, ValueLayout.JAVA_BYTE, plainOffset, clear, ID_BYTES, length);
    byte[] sealed = sealing.seal(id, clear, ID_BYTES + length);
    int header = DataHeader.bytes(peerId >= 0);
    int body = sealing.length();
    DataHeader.write(out, outOffset, keyId, peerId);
    MemorySegment.copy(sealed, 0, out, ValueLayout.JAVA_BYTE, outOffset + header, body);
    return header + body;
  }

  @Override
  public int open(MemorySegment packet, long offset, int length) {
    if (length < 1) {
      return TOO_SHORT;
    }
    int header = DataHeader.bytes(DataHeader.isV2(packet, offset));
    int body = length - header;
    int text = body - macBytes - CbcCipher.BLOCK;
    if (text < CbcCipher.BLOCK || text % CbcCipher.BLOCK != 0) {
      return TOO_SHORT;
    }
    if (closed) {
      return BAD_TAG;
    }
    reserve(body);
    MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, offset + header, clear, 0, body);
    byte @Nullable [] opened = opening.open(clear, body);
    if (opened == null || opening.length() <= ID_BYTES) {
      record.add(KeyRecord.FORGERIES, 1);
      return BAD_TAG;
    }
    int payload = opening.length() - ID_BYTES;
    long id = ByteBuffer.wrap(opened).getInt() & 0xFFFFFFFFL;
    long at = offset + header + macBytes + CbcCipher.BLOCK + ID_BYTES;
    MemorySegment.copy(opened, ID_BYTES, packet, ValueLayout.JAVA_BYTE, at, payload);
    return record.accept(KeyRecord.WINDOW, id) ? payload : REPLAY;
  }

  private void reserve(int bytes) {
    if (clear.length < bytes) {
      clear = new byte[bytes];
    }
  }

  @Override
  public boolean needsRenegotiation() {
    return !closed && record.isNearLastId();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      sealing.close();
      opening.close();
      Arrays.fill(clear, (byte) 0);
      record.wipe();
    }
  }
}
