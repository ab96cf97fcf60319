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
    int start = slot(sender);
    byte[] key = Arrays.copyOfRange(block, start, start + cipher.keyBytes());
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
