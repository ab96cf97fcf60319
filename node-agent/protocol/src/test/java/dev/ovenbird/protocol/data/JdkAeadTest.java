package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class JdkAeadTest {
  private static final int HEADER = 8;
  private static final int TAG_AT = 8;
  private static final int BODY_AT = 24;

  private final JdkAeadProvider provider = new JdkAeadProvider();

  @Test
  void aes_256_gcm_matches_the_known_answer() {
    // GCM specification (McGrew, Viega), test case 14: zero key, zero nonce, 16 zero bytes, no
    // additional data.
    try (Aead aead = provider.create(DataCipher.AES_256_GCM, new byte[32], true)) {
      MemorySegment out = MemorySegment.ofArray(new byte[32]);
      aead.seal(0, 0, MemorySegment.ofArray(new byte[16]), 0, 16, out, 0, 0, 0, 16);
      assertThat(HexFormat.of().formatHex(out.toArray(ValueLayout.JAVA_BYTE)))
          .isEqualTo("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    }
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void every_size_comes_back(DataCipher cipher) {
    Random random = new Random(1);
    byte[] key = bytes(random, cipher.keyBytes());
    try (Aead sealing = provider.create(cipher, key, true);
        Aead opening = provider.create(cipher, key, false)) {
      for (int size : new int[] {1, 15, 16, 17, 64, 1400, 1500, 1601, 9000, 65000}) {
        byte[] plain = bytes(random, size);
        MemorySegment packet = MemorySegment.ofArray(bytes(random, BODY_AT + size));
        sealing.seal(
            size, -7L, MemorySegment.ofArray(plain), 0, size, packet, 0, HEADER, BODY_AT, TAG_AT);
        assertThat(body(packet)).isNotEqualTo(plain);
        assertThat(opening.open(size, -7L, packet, 0, HEADER, BODY_AT, size, TAG_AT)).isTrue();
        assertThat(body(packet)).isEqualTo(plain);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void a_flipped_bit_anywhere_is_refused(DataCipher cipher) {
    byte[] key = bytes(new Random(2), cipher.keyBytes());
    try (Aead sealing = provider.create(cipher, key, true);
        Aead opening = provider.create(cipher, key, false)) {
      byte[] sealed = new byte[BODY_AT + 40];
      sealing.seal(
          1,
          2,
          MemorySegment.ofArray(new byte[40]),
          0,
          40,
          MemorySegment.ofArray(sealed),
          0,
          HEADER,
          BODY_AT,
          TAG_AT);
      for (int i = 0; i < sealed.length; i++) {
        byte[] changed = sealed.clone();
        changed[i] ^= (byte) (1 << (i & 7));
        assertThat(open(opening, 1, 2, changed)).as("byte %s", i).isFalse();
      }
      assertThat(open(opening, 2, 2, sealed.clone())).as("other packet id").isFalse();
      assertThat(open(opening, 1, 3, sealed.clone())).as("other implicit iv").isFalse();
      assertThat(open(opening, 1, 2, sealed.clone())).isTrue();
      assertThat(open(opening, 1, 2, sealed.clone())).as("same nonce again").isTrue();
    }
  }

  private static boolean open(Aead aead, int head, long tail, byte[] packet) {
    return aead.open(
        head,
        tail,
        MemorySegment.ofArray(packet),
        0,
        HEADER,
        BODY_AT,
        packet.length - BODY_AT,
        TAG_AT);
  }

  private static byte[] body(MemorySegment packet) {
    return packet.asSlice(BODY_AT).toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
