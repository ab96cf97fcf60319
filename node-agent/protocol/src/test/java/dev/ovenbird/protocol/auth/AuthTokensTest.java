package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.auth.AuthTokens.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Digest 6.9. */
class AuthTokensTest {
  private static final long NOW = 1_800_000_000L;
  private static final long RENEWAL = 3600;
  private static final long LIFETIME = 36_000;

  private static AuthTokenKey key(int fill) {
    byte[] bytes = new byte[AuthTokenKey.BYTES];
    java.util.Arrays.fill(bytes, (byte) fill);
    return AuthTokenKey.of(bytes);
  }

  private final AuthTokens tokens = new AuthTokens(List.of(key(1)), LIFETIME, RENEWAL);
  private final Login login = Login.begin("alice", new byte[12], NOW);

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  @Test
  void token_is_that_of_the_reference() {
    AuthTokens zero = new AuthTokens(List.of(key(0)), 0, RENEWAL);
    String vector =
        "SESS_ID_AT_0123456789abcdefAAAAAAAAAAAAAAAAAAAAAE5JsQJOVfo8jnI3RL3tBaR5NkE4yPfcylFUHmHSc5Bu";
    Login then = new Login("test user name", "0123456789abcdef", 0);
    assertThat(zero.issue(then, 0)).isEqualTo(vector).hasSize(91);
    assertThat(zero.verify("test user name", bytes(vector), 1)).isEqualTo(new Verdict.Valid(then));
  }

  @ParameterizedTest
  @CsvSource({
    // issued after log-in, looked at after issue, good
    "0, 0, true",
    "0, -60, true",
    "0, -61, false",
    "0, 7199, true",
    "0, 7200, false",
    "-100, 0, false",
    "32000, 4000, true",
    "32000, 4001, false"
  })
  void token_is_good_for_its_time(long issued, long looked, boolean good) {
    String token = tokens.issue(login, NOW + issued);
    assertThat(tokens.verify("alice", bytes(token), NOW + issued + looked))
        .isEqualTo(good ? new Verdict.Valid(login) : new Verdict.Expired());
  }

  @Test
  void any_instance_with_the_key_accepts_it_and_nobody_else() {
    String token = tokens.issue(login, NOW);
    AuthTokens rotated = new AuthTokens(List.of(key(2), key(1)), LIFETIME, RENEWAL);
    assertThat(rotated.verify("alice", bytes(token), NOW)).isInstanceOf(Verdict.Valid.class);
    AuthTokens other = new AuthTokens(List.of(key(2)), LIFETIME, RENEWAL);
    assertThat(other.verify("alice", bytes(token), NOW)).isInstanceOf(Verdict.Forged.class);
  }

  @Test
  void token_is_its_users_alone() {
    assertThat(tokens.verify("bob", bytes(tokens.issue(login, NOW)), NOW))
        .isInstanceOf(Verdict.Forged.class);
    // "…EmptyUser": only an outside authority could say whose it is.
    String nobodys = tokens.issue(new Login("", login.sessionId(), NOW), NOW);
    assertThat(tokens.verify("", bytes(nobodys), NOW)).isInstanceOf(Verdict.Forged.class);
    assertThat(tokens.verify("alice", bytes(nobodys), NOW)).isInstanceOf(Verdict.Forged.class);
  }

  @Test
  void every_other_character_and_length_is_refused() {
    String token = tokens.issue(login, NOW);
    List<String> forged = new ArrayList<>();
    for (int i = 11; i < token.length(); i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      forged.add(token.substring(0, i) + other + token.substring(i + 1));
      forged.add(token.substring(0, i) + '\u00ff' + token.substring(i + 1));
    }
    for (int i = 0; i < 200; i++) {
      forged.add(i < token.length() ? token.substring(0, i) : token + "A".repeat(i));
    }
    for (String one : forged) {
      assertThat(
              tokens.verify(
                  "alice", one.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), NOW))
          .as(one)
          .isInstanceOf(Verdict.Forged.class);
    }
  }

  @Test
  void key_is_read_as_openvpn_writes_it() {
    String text = "# of legacy profiles\n" + key(3).toPem() + key(4).toPem();
    List<AuthTokenKey> keys = AuthTokenKey.parseAll(text);
    assertThat(keys).hasSize(2);
    assertThat(keys.getLast().toPem()).isEqualTo(key(4).toPem());
    assertThat(AuthTokenKey.parseAll("nothing")).isEmpty();
  }
}
