package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * An {@link Aead} by javax.crypto. Packets pass through arrays that are kept: the JDK is slower on
 * direct buffers (dataplane.md section 1). It allocates about 1 KB per packet itself.
 */
final class JdkAead implements Aead {
  private static final int TYPICAL_PACKET_BYTES = 1600;

  private final DataCipher algorithm;
  private final boolean forSealing;
  private final Cipher cipher;
  private final WipedKey key;
  private final byte[] nonce = new byte[12];
  private final ByteBuffer nonceView = ByteBuffer.wrap(nonce);
  private byte[] input = new byte[TYPICAL_PACKET_BYTES];
  private byte[] output = new byte[TYPICAL_PACKET_BYTES];
  private byte[] aad = new byte[16];

  JdkAead(DataCipher algorithm, byte[] key, boolean forSealing) {
    if (key.length != algorithm.keyBytes()) {
      throw new IllegalArgumentException(
          algorithm + " has a key of " + algorithm.keyBytes() + " bytes, not " + key.length);
    }
    if (!algorithm.isAead()) {
      throw new IllegalArgumentException(algorithm + " is no AEAD");
    }
    boolean gcm = algorithm.isGcm();
    this.algorithm = algorithm;
    this.forSealing = forSealing;
    this.key = new WipedKey(gcm ? "AES" : "ChaCha20", key.clone());
    try {
      cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks " + algorithm, e);
    }
  }

  @Override
  public void seal(
      int nonceHead,
      long nonceTail,
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long aadOffset,
      int aadLength,
      long outOffset,
      long tagOffset) {
    reserve(length + TAG_BYTES);
    MemorySegment.copy(plain, ValueLayout.JAVA_BYTE, plainOffset, input, 0, length);
    try {
      start(Cipher.ENCRYPT_MODE, nonceHead, nonceTail, out, aadOffset, aadLength);
      cipher.doFinal(input, 0, length, output, 0);
    } catch (GeneralSecurityException e) {
      // The nonce is never repeated and the arrays are large enough: a defect, not an input.
      throw new IllegalStateException("cannot seal", e);
    }
    MemorySegment.copy(output, 0, out, ValueLayout.JAVA_BYTE, outOffset, length);
    MemorySegment.copy(output, length, out, ValueLayout.JAVA_BYTE, tagOffset, TAG_BYTES);
  }

  @Override
  public boolean open(
      int nonceHead,
      long nonceTail,
      MemorySegment packet,
      long aadOffset,
      int aadLength,
      long cipherOffset,
      int length,
      long tagOffset) {
    reserve(length + TAG_BYTES);
    MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, cipherOffset, input, 0, length);
    MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, tagOffset, input, length, TAG_BYTES);
    try {
      start(Cipher.DECRYPT_MODE, nonceHead, nonceTail, packet, aadOffset, aadLength);
      cipher.doFinal(input, 0, length + TAG_BYTES, output, 0);
    } catch (GeneralSecurityException e) {
      return false;
    }
    MemorySegment.copy(output, 0, packet, ValueLayout.JAVA_BYTE, cipherOffset, length);
    return true;
  }

  private void start(
      int mode, int nonceHead, long nonceTail, MemorySegment segment, long aadOffset, int aadLength)
      throws GeneralSecurityException {
    if (forSealing != (mode == Cipher.ENCRYPT_MODE)) {
      throw new IllegalStateException("this cipher is for the other direction");
    }
    nonceView.putInt(0, nonceHead).putLong(4, nonceTail);
    AlgorithmParameterSpec parameters =
        algorithm == DataCipher.CHACHA20_POLY1305
            ? new IvParameterSpec(nonce)
            : new GCMParameterSpec(TAG_BYTES * 8, nonce);
    cipher.init(mode, key, parameters);
    if (aad.length < aadLength) {
      aad = new byte[aadLength];
    }
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, aadOffset, aad, 0, aadLength);
    cipher.updateAAD(aad, 0, aadLength);
  }

  private void reserve(int bytes) {
    if (input.length < bytes) {
      input = new byte[bytes];
      output = new byte[bytes];
    }
  }

  @Override
  public void close() {
    key.destroy();
    Arrays.fill(input, (byte) 0);
    Arrays.fill(output, (byte) 0);
  }
}
