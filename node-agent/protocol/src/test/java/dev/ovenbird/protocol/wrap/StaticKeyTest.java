package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.KnownKeys.UPSTREAM;
import static dev.ovenbird.protocol.wrap.KnownKeys.UPSTREAM_HEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class StaticKeyTest {
  private static final String BEGIN = "-----BEGIN OpenVPN Static key V1-----\n";
  private static final String END = "-----END OpenVPN Static key V1-----\n";

  @Test
  void fields_follow_the_files_order() {
    StaticKey key = StaticKey.of(KnownKeys.counting(256));
    assertThat(key.k0c(2)).containsExactly(0, 1);
    assertThat(key.k0h(2)).containsExactly(64, 65);
    assertThat(key.k1c(2)).containsExactly(128, 129);
    assertThat(key.k1h(64)).hasSize(64).startsWith(192).endsWith(255);
    assertThatThrownBy(() -> key.k0c(65)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void file_as_openvpn_writes_it_reads_back() {
    assertThat(UPSTREAM.toPem())
        .isEqualTo("#\n# 2048 bit OpenVPN static key\n#\n" + BEGIN + UPSTREAM_HEX + END);
    assertThat(StaticKey.parse(UPSTREAM.toPem())).isEqualTo(UPSTREAM);
  }

  @Test
  void case_line_length_and_surroundings_do_not_matter() {
    String hex = UPSTREAM_HEX.replaceAll("\\s", "").toUpperCase(Locale.ROOT);
    assertThat(StaticKey.parse("rubbish\n" + BEGIN + "\r\n \t" + hex + END + "more rubbish"))
        .isEqualTo(UPSTREAM);
  }

  @Test
  void what_is_not_one_whole_key_is_refused() {
    String[] texts = {
      "",
      UPSTREAM_HEX,
      BEGIN + UPSTREAM_HEX,
      BEGIN + END,
      BEGIN + UPSTREAM_HEX.replaceFirst("37", "") + END,
      BEGIN + UPSTREAM_HEX + "00" + END,
      BEGIN + UPSTREAM_HEX.replaceFirst("3", "g") + END,
      BEGIN + UPSTREAM_HEX + END + BEGIN + UPSTREAM_HEX + END
    };
    for (String text : texts) {
      assertThatThrownBy(() -> StaticKey.parse(text))
          .isInstanceOf(KeyFormatException.class)
          .hasMessageNotContaining("8ea8f95d");
    }
    assertThatThrownBy(() -> StaticKey.of(new byte[255])).isInstanceOf(KeyFormatException.class);
  }

  @Test
  void all_keys_of_a_text_are_read_whatever_stands_beside_them() {
    StaticKey other = StaticKey.random(new SecureRandom());
    String beside = TlsCryptV2ServerKey.random(new SecureRandom()).toPem();
    assertThat(StaticKey.parseAll(beside)).isEmpty();
    String text = beside + UPSTREAM.toPem() + other.toPem();
    assertThat(StaticKey.parseAll(text)).containsExactly(UPSTREAM, other);
    assertThat(TlsCryptV2ServerKey.parseAll(text)).hasSize(1);
    assertThatThrownBy(() -> StaticKey.parseAll(BEGIN + "00" + END))
        .isInstanceOf(KeyFormatException.class);
  }

  @Test
  void copy_outlives_the_original() {
    StaticKey key = StaticKey.random(new SecureRandom());
    StaticKey copy = key.copy();
    assertThat(copy).isEqualTo(key);
    key.wipe();
    assertThat(copy.toBytes()).isNotEqualTo(new byte[256]);
    assertThatThrownBy(key::copy).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void wiped_key_is_never_a_key_of_zeros() {
    StaticKey key = StaticKey.random(new SecureRandom());
    key.wipe();
    assertThatThrownBy(() -> key.k0c(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(key::toBytes).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(key::toPem).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.xor(new byte[256])).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void dynamic_key_is_the_exported_one_xor_the_original() {
    StaticKey dynamic = UPSTREAM.xor(KnownKeys.counting(256));
    assertThat(dynamic.k0c(2)).containsExactly(0x37, 0x26 ^ 1);
    assertThat(dynamic.xor(KnownKeys.counting(256))).isEqualTo(UPSTREAM);
  }

  @Test
  void text_form_does_not_show_the_key() {
    assertThat(UPSTREAM).hasToString("StaticKey");
  }
}
