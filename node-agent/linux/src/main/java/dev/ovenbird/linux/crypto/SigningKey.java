package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** A private key inside of libcrypto, which signs. Thread-safe. */
public final class SigningKey {
  /** More than RSA with 8192 bits needs. */
  private static final int MAX_SIGNATURE = 1024;

  private final KeyFunctions functions;
  private final KeyHandle key;

  private SigningKey(KeyFunctions functions, KeyHandle key) {
    this.functions = functions;
    this.key = key;
  }

  /**
   * @param pkcs8 the key in DER; copied, and the copy wiped
   * @return null if libcrypto can't read it
   * @throws IllegalStateException if the machine has no libcrypto 3
   */
  public static @Nullable SigningKey read(byte[] pkcs8) {
    KeyFunctions functions = KeyFunctions.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment der = Scratch.of(arena, pkcs8);
      MemorySegment cursor = arena.allocate(ValueLayout.JAVA_LONG);
      cursor.set(ValueLayout.JAVA_LONG, 0, der.address());
      long key =
          (long) functions.readPrivateKey.invokeExact(0L, cursor.address(), (long) pkcs8.length);
      der.fill((byte) 0);
      if (key == 0) {
        functions.clearErrors();
        return null;
      }
      return new SigningKey(functions, new KeyHandle(key));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  /**
   * Signs a digest.
   *
   * @return the signature as TLS has it; null if this key can't sign so
   */
  public byte @Nullable [] sign(SignatureAlgorithm algorithm, byte[] digest) {
    return key.<byte @Nullable []>use(address -> sign(address, algorithm, digest));
  }

  private byte @Nullable [] sign(long address, SignatureAlgorithm algorithm, byte[] digest)
      throws Throwable {
    long context = (long) functions.contextNew.invokeExact(address, 0L);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment signature = arena.allocate(MAX_SIGNATURE);
      MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
      length.set(ValueLayout.JAVA_LONG, 0, MAX_SIGNATURE);
      if (context == 0
          || (int) functions.signInit.invokeExact(context) != 1
          || !algorithm.set(functions, arena, context)
          || !signed(context, signature, length, Scratch.of(arena, digest))) {
        functions.clearErrors();
        return null;
      }
      return signature
          .asSlice(0, length.get(ValueLayout.JAVA_LONG, 0))
          .toArray(ValueLayout.JAVA_BYTE);
    } finally {
      functions.contextFree.invokeExact(context);
    }
  }

  private boolean signed(
      long context, MemorySegment signature, MemorySegment length, MemorySegment digest)
      throws Throwable {
    return (int)
            functions.sign.invokeExact(
                context, signature.address(), length.address(), digest.address(), digest.byteSize())
        == 1;
  }
}
