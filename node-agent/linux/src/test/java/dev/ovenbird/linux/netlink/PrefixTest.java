package dev.ovenbird.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PrefixTest {
  @Test
  void reads_and_writes_both_families() {
    assertThat(Prefix.parse("10.88.0.0/16"))
        .isEqualTo(new Prefix(true, 0, 0xffff_0a58_0000L, 16))
        .hasToString("10.88.0.0/16");
    assertThat(Prefix.parse("fd00:88::1"))
        .isEqualTo(new Prefix(false, 0xfd00_0088_0000_0000L, 1, 128))
        .hasToString("fd00:88:0:0:0:0:0:1/128");
    assertThat(Prefix.host(0, 0xffff_0a58_000aL)).hasToString("10.88.0.10/32");
    assertThat(Prefix.host(0, 0xffff_0a58_000aL).addressText()).isEqualTo("10.88.0.10");
    assertThat(new Prefix(false, 0, 0xffff_0000_0000L, 96))
        .as("IPv4 in IPv6 clothes stays IPv6")
        .hasToString("0:0:0:0:0:ffff:0:0/96");
  }

  @Test
  void refuses_what_is_no_prefix() {
    for (String text :
        new String[] {"", "10.88", "10.88.0.0/33", "::/129", "example.com", "::/x"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Prefix.parse(text));
    }
  }
}
