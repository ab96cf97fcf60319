package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.88.0.0/16, 10.88.0.0/16",
    "10.88.1.2/16, 10.88.0.0/16",
    "192.0.2.1, 192.0.2.1/32",
    "0.0.0.0/0, 0.0.0.0/0",
    "fd00:88:0:0:0::/64, fd00:88::/64",
    "::/0, ::/0",
    "::1, ::1/128",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3/128",
    "1:0:0:2:3:0:0:4, 1::2:3:0:0:4/128",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7/128",
    "2001:DB8::1, 2001:db8::1/128"
  })
  void text_is_read_and_written(String text, String written) {
    assertThat(Cidr.parse(text)).hasToString(written);
    assertThat(Cidr.parse(written)).isEqualTo(Cidr.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "10.0.0/8",
        "256.0.0.1",
        "localhost",
        "::/129",
        "::ffff:10.0.0.1",
        "10.0.0.0/8/8",
        "fd00::zz",
        "1:2:3:4:5:6:7:8:9"
      })
  void what_is_no_prefix_is_refused(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.1.2.3, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "0.0.0.0/0, 10.1.2.3, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 10.1.2.3, false",
    "fd00::/8, fd12::1, true",
    "10.0.0.0/16, 10.0.0.0/8, false"
  })
  void a_prefix_contains_what_is_inside_and_of_its_family(
      String prefix, String other, boolean contains) {
    assertThat(Cidr.parse(prefix).contains(Cidr.parse(other))).isEqualTo(contains);
  }
}
