package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** An ephemeral key of X25519 (RFC 7748) inside of libcrypto. For one thread at a time. */
public final class X25519Key implements AutoCloseable {
  /** Of private keys, public keys and secrets. */
  public static final int BYTES = 32;

  private final KeyFunctions functions;
  private final KeyHandle key;

  /**
   * @param privateKey 32 random bytes; copied, the caller wipes its own
   * @throws IllegalStateException if the machine has no libcrypto 3, or it lacks X25519
   */
  public X25519Key(byte[] privateKey) {
    requireLength(privateKey);
    functions = KeyFunctions.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = Scratch.of(arena, privateKey);
      long made =
          (long)
              functions.rawPrivateKey.invokeExact(
                  KeyFunctions.X25519, 0L, copy.address(), (long) BYTES);
      copy.fill((byte) 0);
      if (made == 0) {
        functions.clearErrors();
        throw new IllegalStateException("libcrypto lacks X25519");
      }
      key = new KeyHandle(made);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  public byte[] publicKey() {
    return key.use(
        address -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(BYTES);
            if ((int)
                    functions.getRawPublicKey.invokeExact(
                        address, out.address(), lengthOf(arena).address())
                != 1) {
              functions.clearErrors();
              throw new IllegalStateException("libcrypto gives no public key");
            }
            return out.toArray(ValueLayout.JAVA_BYTE);
          }
        });
  }

  /**
   * What both sides know.
   *
   * @param peer public key of the other side, 32 bytes
   * @return null if it would be all zero, whatever our key is: a peer does that on purpose
   */
  public byte @Nullable [] secret(byte[] peer) {
    requireLength(peer);
    byte @Nullable [] secret = key.<byte @Nullable []>use(address -> secret(address, peer));
    if (secret == null) {
      functions.clearErrors();
    }
    return secret;
  }

  private byte @Nullable [] secret(long address, byte[] peer) throws Throwable {
    long peerKey = 0;
    long context = 0;
    try (Arena arena = Arena.ofConfined()) {
      peerKey =
          (long)
              functions.rawPublicKey.invokeExact(
                  KeyFunctions.X25519, 0L, Scratch.of(arena, peer).address(), (long) BYTES);
      context = (long) functions.contextNew.invokeExact(address, 0L);
      MemorySegment out = arena.allocate(BYTES);
      if (peerKey == 0
          || context == 0
          || (int) functions.deriveInit.invokeExact(context) != 1
          || (int) functions.deriveSetPeer.invokeExact(context, peerKey) != 1
          || (int) functions.derive.invokeExact(context, out.address(), lengthOf(arena).address())
              != 1) {
        return null;
      }
      byte[] secret = out.toArray(ValueLayout.JAVA_BYTE);
      out.fill((byte) 0);
      return isZero(secret) ? null : secret;
    } finally {
      functions.contextFree.invokeExact(context);
      functions.keyFree.invokeExact(peerKey);
    }
  }

  /** libcrypto refuses too; this does not depend on it (RFC 8446, 7.4.2). */
  private static boolean isZero(byte[] secret) {
    int any = 0;
    for (byte each : secret) {
      any |= each;
    }
    return any == 0;
  }

  private static MemorySegment lengthOf(Arena arena) {
    MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
    length.set(ValueLayout.JAVA_LONG, 0, BYTES);
    return length;
  }

  private static void requireLength(byte[] key) {
    if (key.length != BYTES) {
      throw new IllegalArgumentException("X25519 has keys of 32 bytes, not " + key.length);
    }
  }

  /** Frees the private key, which libcrypto wipes. */
  @Override
  public void close() {
    key.close();
  }
}
