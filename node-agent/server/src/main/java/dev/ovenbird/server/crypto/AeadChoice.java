package dev.ovenbird.server.crypto;

import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Which crypto library a process uses, decided once at its start: libcrypto if it is there and
 * computes what the JDK computes, else the JDK's ciphers, which always work.
 */
public final class AeadChoice {
  private static final int[] LENGTHS = {0, 1, 15, 16, 17, 64, 511, 1400, 1500};
  private static final int AAD_BYTES = 8;
  private static final int NONCE_HEAD = 0x01020304;
  private static final long NONCE_TAIL = 0x05060708090a0b0cL;

  private AeadChoice() {}

  /** The fastest provider that is right on this machine. */
  public static AeadProvider best() {
    AeadProvider jdk = new JdkAeadProvider();
    if (AeadContext.library().isEmpty()) {
      return jdk;
    }
    AeadProvider libcrypto = new LibcryptoAeadProvider();
    try {
      return agrees(libcrypto, jdk) ? libcrypto : jdk;
    } catch (IllegalStateException lacksAnAlgorithm) {
      return jdk;
    }
  }

  /** Whether both seal alike and the first opens what the second sealed, and nothing else. */
  static boolean agrees(AeadProvider tested, AeadProvider reference) {
    try (Arena arena = Arena.ofConfined()) {
      for (DataCipher cipher : DataCipher.DEFAULT) {
        byte[] key = new byte[cipher.keyBytes()];
        Arrays.fill(key, (byte) 7);
        try (Aead seals = tested.create(cipher, key, true);
            Aead opens = tested.create(cipher, key, false);
            Aead expected = reference.create(cipher, key, true)) {
          for (int length : LENGTHS) {
            if (!agrees(arena, seals, opens, expected, length)) {
              return false;
            }
          }
        }
      }
      return true;
    }
  }

  private static boolean agrees(Arena arena, Aead seals, Aead opens, Aead expected, int length) {
    MemorySegment plain = arena.allocate(Math.max(1, length));
    for (int i = 0; i < length; i++) {
      plain.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 13));
    }
    int size = AAD_BYTES + Aead.TAG_BYTES + length;
    MemorySegment ours = sealed(arena, seals, plain, length, size);
    MemorySegment theirs = sealed(arena, expected, plain, length, size);
    if (ours.mismatch(theirs) >= 0 || !opens(opens, theirs, length)) {
      return false;
    }
    long text = AAD_BYTES + Aead.TAG_BYTES;
    if (length > 0 && theirs.asSlice(text, length).mismatch(plain.asSlice(0, length)) >= 0) {
      return false;
    }
    byte first = ours.get(ValueLayout.JAVA_BYTE, 0);
    ours.set(ValueLayout.JAVA_BYTE, 0, (byte) (first ^ 1));
    return !opens(opens, ours, length);
  }

  private static MemorySegment sealed(
      Arena arena, Aead aead, MemorySegment plain, int length, int size) {
    MemorySegment out = arena.allocate(size);
    aead.seal(
        NONCE_HEAD,
        // The JDK refuses a nonce that it has seen.
        NONCE_TAIL + length,
        plain,
        0,
        length,
        out,
        0,
        AAD_BYTES,
        AAD_BYTES + Aead.TAG_BYTES,
        AAD_BYTES);
    return out;
  }

  private static boolean opens(Aead aead, MemorySegment packet, int length) {
    return aead.open(
        NONCE_HEAD,
        NONCE_TAIL + length,
        packet,
        0,
        AAD_BYTES,
        AAD_BYTES + Aead.TAG_BYTES,
        length,
        AAD_BYTES);
  }
}
