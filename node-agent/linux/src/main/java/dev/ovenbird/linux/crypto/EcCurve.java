package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The curves that ECDSA signatures are verified on. Thread-safe. */
public enum EcCurve {
  P256("P-256"),
  P384("P-384"),
  P521("P-521");

  private final String name;

  /** A key with the curve and no point, which each key to verify with is begun from. */
  private volatile @Nullable KeyHandle parameters;

  EcCurve(String name) {
    this.name = name;
  }

  /**
   * Verifies a signature.
   *
   * @param point the public key, encoded as in certificates; libcrypto checks that it is on the
   *     curve
   * @param signature in DER
   * @return false also if point or signature are malformed
   * @throws IllegalStateException if the machine has no libcrypto 3, or it lacks the curve
   */
  public boolean verifies(byte[] point, byte[] digest, byte[] signature) {
    KeyFunctions functions = KeyFunctions.get();
    boolean verified =
        parameters(functions).use(curve -> verifies(functions, curve, point, digest, signature));
    if (!verified) {
      functions.clearErrors();
    }
    return verified;
  }

  private static boolean verifies(
      KeyFunctions functions, long curve, byte[] point, byte[] digest, byte[] signature)
      throws Throwable {
    long key = (long) functions.keyNew.invokeExact();
    long context = 0;
    try (Arena arena = Arena.ofConfined()) {
      long encoded = Scratch.of(arena, point).address();
      if (key == 0
          || (int) functions.copyParameters.invokeExact(key, curve) != 1
          || (int) functions.setPublicPoint.invokeExact(key, encoded, (long) point.length) != 1) {
        return false;
      }
      context = (long) functions.contextNew.invokeExact(key, 0L);
      return context != 0
          && (int) functions.verifyInit.invokeExact(context) == 1
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

  private KeyHandle parameters(KeyFunctions functions) {
    KeyHandle made = parameters;
    if (made == null) {
      // Two threads may both make it: one's is freed when it was used.
      made = new KeyHandle(make(functions));
      parameters = made;
    }
    return made;
  }

  private long make(KeyFunctions functions) {
    try (Arena arena = Arena.ofConfined()) {
      long context = (long) functions.contextNewById.invokeExact(KeyFunctions.EC, 0L);
      MemorySegment key = arena.allocate(ValueLayout.JAVA_LONG);
      long setting = arena.allocateFrom("ec_paramgen_curve").address();
      long value = arena.allocateFrom(name).address();
      boolean ok =
          context != 0
              && (int) functions.parametersInit.invokeExact(context) == 1
              && (int) functions.contextSet.invokeExact(context, setting, value) == 1
              && (int) functions.parametersMake.invokeExact(context, key.address()) == 1;
      functions.contextFree.invokeExact(context);
      if (!ok) {
        functions.clearErrors();
        throw new IllegalStateException("libcrypto lacks " + name);
      }
      return key.get(ValueLayout.JAVA_LONG, 0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }
}
