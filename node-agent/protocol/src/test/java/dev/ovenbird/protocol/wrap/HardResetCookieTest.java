package dev.ovenbird.protocol.wrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.wire.SessionId;
import java.security.SecureRandom;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HardResetCookieTest {
  private static final long SLOT = 30_000_000_000L;
  private static final long NOW = 1_000 * SLOT + 5;
  private static final SessionId CLIENT = new SessionId(0x1122334455667788L);
  private static final byte[] ADDRESS = {127, 0, 0, 1, 4, (byte) 0xaa};

  private final HardResetCookie cookie = new HardResetCookie(secret(1), SLOT);

  private static byte[] secret(int seed) {
    byte[] secret = new byte[32];
    new Random(seed).nextBytes(secret);
    return secret;
  }

  @Test
  void accepted_in_its_own_slot_and_the_two_after_any_number_of_times() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, NOW);
    assertThat(issued.isDefined()).isTrue();
    for (int age = 0; age <= 2; age++) {
      assertThat(cookie.matches(issued, CLIENT, ADDRESS, NOW + age * SLOT)).isTrue();
      assertThat(cookie.matches(issued, CLIENT, ADDRESS, NOW + age * SLOT)).isTrue();
    }
  }

  @Test
  void refused_when_old_and_when_of_a_future_slot() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, NOW);
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, NOW + 3 * SLOT)).isFalse();
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, NOW - SLOT)).isFalse();
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, NOW - 2 * SLOT)).isFalse();
  }

  @Test
  void slot_ends_exactly_at_its_boundary() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, 10 * SLOT);
    assertThat(cookie.issue(CLIENT, ADDRESS, 11 * SLOT - 1)).isEqualTo(issued);
    assertThat(cookie.issue(CLIENT, ADDRESS, 11 * SLOT)).isNotEqualTo(issued);
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, 13 * SLOT - 1)).isTrue();
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, 13 * SLOT)).isFalse();
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, 10 * SLOT - 1)).isFalse();
  }

  // CVE-2025-13086
  @Test
  void wrong_cookies_are_refused() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, NOW);
    for (int bit = 0; bit < 64; bit++) {
      SessionId wrong = new SessionId(issued.value() ^ (1L << bit));
      assertThat(cookie.matches(wrong, CLIENT, ADDRESS, NOW)).isFalse();
    }
    assertThat(cookie.matches(SessionId.UNDEFINED, CLIENT, ADDRESS, NOW)).isFalse();
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < 1_000; i++) {
      assertThat(cookie.matches(SessionId.random(random), CLIENT, ADDRESS, NOW)).isFalse();
    }
  }

  @Test
  void bound_to_client_address_and_secret() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, NOW);
    assertThat(cookie.matches(issued, new SessionId(1), ADDRESS, NOW)).isFalse();
    for (int i = 0; i < ADDRESS.length; i++) {
      byte[] other = ADDRESS.clone();
      other[i]++;
      assertThat(cookie.matches(issued, CLIENT, other, NOW)).isFalse();
    }
    HardResetCookie other = new HardResetCookie(secret(2), SLOT);
    assertThat(other.matches(issued, CLIENT, ADDRESS, NOW)).isFalse();
    HardResetCookie same = new HardResetCookie(secret(1), SLOT);
    assertThat(same.matches(issued, CLIENT, ADDRESS, NOW)).isTrue();
  }

  @Test
  void works_from_the_first_nanosecond_after_boot() {
    SessionId issued = cookie.issue(CLIENT, ADDRESS, 0);
    assertThat(cookie.matches(issued, CLIENT, ADDRESS, 0)).isTrue();
  }

  @Test
  void short_secret_and_empty_slot_are_refused() {
    assertThatThrownBy(() -> new HardResetCookie(new byte[31], SLOT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HardResetCookie(new byte[32], 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
