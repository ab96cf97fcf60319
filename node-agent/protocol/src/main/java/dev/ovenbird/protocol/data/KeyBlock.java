package dev.ovenbird.protocol.data;

import dev.ovenbird.protocol.wire.Role;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The 256 bytes that all keys of one data channel come from: cipher and HMAC slot of 64 bytes each
 * for the client's direction, then for the server's (digest 0 and 4.1). The client sends with the
 * first pair, the server with the second.
 */
public final class KeyBlock {
  public static final int BYTES = 256;

  private static final int SLOT_BYTES = 64;

  private final byte[] block;

  private KeyBlock(byte[] block) {
    this.block = block;
  }

  /** Copies the block; the caller wipes its own. */
  public static KeyBlock of(byte[] block) {
    if (block.length != BYTES) {
      throw new IllegalArgumentException("a key block has 256 bytes, not " + block.length);
    }
    return new KeyBlock(block.clone());
  }

  /**
   * A copy of the key by which {@code sender} encrypts; the caller wipes it.
   *
   * @throws IllegalStateException if the key is all zero: the block is wiped, or was never derived
   */
  public byte[] cipherKey(Role sender, DataCipher cipher) {
    return bytes(slot(sender), cipher.keyBytes());
  }

  /** A copy of the secret of the sender's first epoch (digest 5.5), under the same terms. */
  byte[] epochSecret(Role sender) {
    return bytes(slot(sender), EpochSecret.BYTES);
  }

  /** A copy of the key of the sender's packet HMAC, under the same terms. */
  byte[] hmacKey(Role sender, DataAuth auth) {
    return bytes(slot(sender) + SLOT_BYTES, auth.bytes());
  }

  /** A copy of the half of the sender's cipher slot that no cipher uses, under the same terms. */
  byte[] spareKey(Role sender) {
    return bytes(slot(sender) + SLOT_BYTES / 2, SLOT_BYTES / 2);
  }

  private byte[] bytes(int start, int length) {
    byte[] key = Arrays.copyOfRange(block, start, start + length);
    int any = 0;
    for (byte b : key) {
      any |= b;
    }
    if (any == 0) {
      throw new IllegalStateException("an all-zero data key is refused");
    }
    return key;
  }

  /** Last 8 bytes of every nonce of {@code sender}: the first 8 of its HMAC slot, big-endian. */
  public long implicitIv(Role sender) {
    return ByteBuffer.wrap(block).getLong(slot(sender) + SLOT_BYTES);
  }

  /** A copy of the whole block, for the record of a session that outlives the process. */
  public byte[] toBytes() {
    return block.clone();
  }

  public void wipe() {
    Arrays.fill(block, (byte) 0);
  }

  private static int slot(Role sender) {
    return sender == Role.CLIENT ? 0 : 2 * SLOT_BYTES;
  }
}
