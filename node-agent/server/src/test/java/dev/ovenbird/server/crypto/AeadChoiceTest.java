package dev.ovenbird.server.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.testkit.Allocation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AeadChoiceTest {
  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.UTF_8);

  @Test
  void libcrypto_is_chosen_where_the_machine_has_it() {
    assertThat(AeadChoice.best().name()).startsWith("libcrypto (OpenSSL 3.");
  }

  @Test
  void library_that_computes_something_else_is_not_chosen() {
    AeadProvider jdk = new JdkAeadProvider();
    AeadProvider wrong =
        new AeadProvider() {
          @Override
          public String name() {
            return "wrong";
          }

          @Override
          public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
            byte[] other = key.clone();
            other[3] ^= 1;
            return jdk.create(cipher, other, forSealing);
          }
        };
    assertThat(AeadChoice.agrees(wrong, jdk)).isFalse();
    assertThat(AeadChoice.agrees(new LibcryptoAeadProvider(), jdk)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void heap_segments_give_the_same_bytes(DataCipher cipher) {
    byte[] key = java.util.Arrays.copyOf(KEY, cipher.keyBytes());
    byte[] ours = new byte[1500 + 24];
    byte[] theirs = new byte[1500 + 24];
    MemorySegment plain = MemorySegment.ofArray(new byte[1500]);
    try (Aead libcrypto = new LibcryptoAeadProvider().create(cipher, key, true);
        Aead jdk = new JdkAeadProvider().create(cipher, key, true);
        Aead opens = new LibcryptoAeadProvider().create(cipher, key, false)) {
      libcrypto.seal(1, 2, plain, 0, 1500, MemorySegment.ofArray(ours), 0, 8, 24, 8);
      jdk.seal(1, 2, plain, 0, 1500, MemorySegment.ofArray(theirs), 0, 8, 24, 8);
      assertThat(ours).isEqualTo(theirs);
      assertThat(opens.open(1, 2, MemorySegment.ofArray(ours), 0, 8, 24, 1500, 8)).isTrue();
      theirs[700] ^= 1;
      assertThat(opens.open(1, 2, MemorySegment.ofArray(theirs), 0, 8, 24, 1500, 8)).isFalse();
    }
  }

  @Test
  void bounds_are_checked_before_libcrypto_sees_an_address() {
    try (Arena arena = Arena.ofConfined();
        Aead aead = new LibcryptoAeadProvider().create(DataCipher.AES_256_GCM, KEY, true)) {
      MemorySegment plain = arena.allocate(100);
      MemorySegment out = arena.allocate(100);
      assertThatThrownBy(() -> aead.seal(1, 2, plain, 0, 100, out, 0, 8, 24, 8))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void closed_key_refuses_use() {
    Aead aead = new LibcryptoAeadProvider().create(DataCipher.AES_256_GCM, KEY, true);
    aead.close();
    aead.close();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(200);
      assertThatThrownBy(() -> aead.seal(1, 2, buffer, 0, 10, buffer, 100, 8, 124, 108))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void packets_cost_no_garbage() {
    try (Arena arena = Arena.ofConfined();
        Aead seals = new LibcryptoAeadProvider().create(DataCipher.AES_256_GCM, KEY, true);
        Aead opens = new LibcryptoAeadProvider().create(DataCipher.AES_256_GCM, KEY, false)) {
      MemorySegment plain = arena.allocate(1400);
      MemorySegment out = arena.allocate(1424);
      long allocated =
          Allocation.bytesPerRun(
              5_000,
              () -> {
                seals.seal(1, 2, plain, 0, 1400, out, 0, 8, 24, 8);
                opens.open(1, 2, out, 0, 8, 24, 1400, 8);
              });
      assertThat(allocated).isZero();
    }
  }
}
