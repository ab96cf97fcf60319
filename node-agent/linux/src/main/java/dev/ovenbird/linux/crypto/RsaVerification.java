package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Signatures by RSA keys that are seen once. Thread-safe. */
public final class RsaVerification {
  private RsaVerification() {}

  /**
   * Verifies a signature.
   *
   * @param publicKey an RSAPublicKey of PKCS #1 in DER; its size is the caller's to limit
   * @return false also if key or signature are malformed
   * @throws IllegalStateException if the machine has no libcrypto 3
   */
  public static boolean verifies(
      SignatureAlgorithm algorithm, byte[] publicKey, byte[] digest, byte[] signature) {
    KeyFunctions functions = KeyFunctions.get();
    try (Arena arena = Arena.ofConfined()) {
      boolean verified = verifies(functions, arena, algorithm, publicKey, digest, signature);
      if (!verified) {
        functions.clearErrors();
      }
      return verified;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  private static boolean verifies(
      KeyFunctions functions,
      Arena arena,
      SignatureAlgorithm algorithm,
      byte[] publicKey,
      byte[] digest,
      byte[] signature)
      throws Throwable {
    MemorySegment cursor = arena.allocate(ValueLayout.JAVA_LONG);
    cursor.set(ValueLayout.JAVA_LONG, 0, Scratch.of(arena, publicKey).address());
    // The decoders that libcrypto 3 reads a SubjectPublicKeyInfo by take four times as long as
    // all of this.
    long key =
        (long)
            functions.readPublicKey.invokeExact(
                KeyFunctions.RSA, 0L, cursor.address(), (long) publicKey.length);
    long context = 0;
    try {
      if (key == 0) {
        return false;
      }
      context = (long) functions.contextNew.invokeExact(key, 0L);
      return context != 0
          && (int) functions.verifyInit.invokeExact(context) == 1
          && algorithm.set(functions, arena, context)
          && (int)
                  functions.verify.invokeExact(
                      context,
                      Scratch.of(arena, signature).address(),
                      (long) signature.length,
                      Scratch.of(arena, digest).address(),
                      (long) digest.length)
              == 1;
    } finally {
      functions.contextFree.invokeExact(context);
      functions.keyFree.invokeExact(key);
    }
  }
}
