package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * One AEAD key of libcrypto, for one direction. All memory is native and addressed by longs; the
 * caller answers for their bounds. Not thread-safe; may be handed from thread to thread. 12-byte
 * nonces, 16-byte tags.
 */
public final class AeadContext implements AutoCloseable {
  public static final int TAG_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Libcrypto crypto;
  private final boolean forSealing;

  /** Freed by the collector: to close a shared arena stops every thread. */
  private final MemorySegment nonce = Arena.ofAuto().allocate(NONCE_BYTES + 4, 8);

  private final long nonceAddress = nonce.address();
  private final long lengthAddress = nonceAddress + NONCE_BYTES;
  private long context;

  private AeadContext(Libcrypto crypto, AeadAlgorithm algorithm, byte[] key, boolean forSealing) {
    this.crypto = crypto;
    this.forSealing = forSealing;
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment copy = scratch.allocate(key.length);
      MemorySegment.copy(key, 0, copy, ValueLayout.JAVA_BYTE, 0, key.length);
      context = (long) crypto.contextNew.invokeExact();
      long cipher = crypto.cipher(algorithm);
      int initialised =
          forSealing
              ? (int) crypto.encryptInit.invokeExact(context, cipher, 0L, copy.address(), 0L)
              : (int) crypto.decryptInit.invokeExact(context, cipher, 0L, copy.address(), 0L);
      copy.fill((byte) 0);
      if (context == 0 || initialised != 1) {
        close();
        throw new IllegalStateException("libcrypto refuses " + algorithm);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  /** Name and version of the library, if the machine has it. */
  public static Optional<String> library() {
    return Libcrypto.find().map(Libcrypto::version);
  }

  /**
   * A key of the algorithm's length; copied, the caller wipes its own.
   *
   * @throws IllegalStateException if the machine has no libcrypto 3, or it lacks the algorithm
   */
  public static AeadContext create(AeadAlgorithm algorithm, byte[] key, boolean forSealing) {
    if (key.length != algorithm.keyBytes()) {
      throw new IllegalArgumentException(
          algorithm + " has a key of " + algorithm.keyBytes() + " bytes, not " + key.length);
    }
    Libcrypto crypto =
        Libcrypto.find().orElseThrow(() -> new IllegalStateException("no libcrypto 3 here"));
    return new AeadContext(crypto, algorithm, key, forSealing);
  }

  private void nonce(int head, long tail) {
    if (context == 0) {
      throw new IllegalStateException("this key is closed");
    }
    nonce.set(INT, 0, head);
    nonce.set(LONG, 4, tail);
  }

  /** Encrypts; {@code out} is {@code plain} or apart from it. */
  public void seal(
      int nonceHead,
      long nonceTail,
      long plain,
      int length,
      long aad,
      int aadLength,
      long out,
      long tag) {
    if (!forSealing) {
      throw new IllegalStateException("this key opens");
    }
    nonce(nonceHead, nonceTail);
    try {
      int ok = (int) crypto.encryptInit.invokeExact(context, 0L, 0L, 0L, nonceAddress);
      ok &= (int) crypto.encryptUpdate.invokeExact(context, 0L, lengthAddress, aad, aadLength);
      ok &= (int) crypto.encryptUpdate.invokeExact(context, out, lengthAddress, plain, length);
      ok &= (int) crypto.encryptFinal.invokeExact(context, out + length, lengthAddress);
      ok &= (int) crypto.contextControl.invokeExact(context, Libcrypto.GET_TAG, TAG_BYTES, tag);
      if (ok != 1) {
        throw new IllegalStateException("libcrypto could not seal");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    } finally {
      Reference.reachabilityFence(nonce);
    }
  }

  /**
   * Decrypts in place.
   *
   * @return false if the tag does not verify; the text is then undefined
   */
  public boolean open(
      int nonceHead, long nonceTail, long text, int length, long aad, int aadLength, long tag) {
    if (forSealing) {
      throw new IllegalStateException("this key seals");
    }
    nonce(nonceHead, nonceTail);
    try {
      int ok = (int) crypto.decryptInit.invokeExact(context, 0L, 0L, 0L, nonceAddress);
      ok &= (int) crypto.decryptUpdate.invokeExact(context, 0L, lengthAddress, aad, aadLength);
      ok &= (int) crypto.decryptUpdate.invokeExact(context, text, lengthAddress, text, length);
      ok &= (int) crypto.contextControl.invokeExact(context, Libcrypto.SET_TAG, TAG_BYTES, tag);
      return (ok & (int) crypto.decryptFinal.invokeExact(context, text + length, lengthAddress))
          == 1;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    } finally {
      Reference.reachabilityFence(nonce);
    }
  }

  /** Frees the context; libcrypto wipes the key. */
  @Override
  public void close() {
    if (context != 0) {
      try {
        crypto.contextFree.invokeExact(context);
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
      context = 0;
      nonce.fill((byte) 0);
    }
  }
}
