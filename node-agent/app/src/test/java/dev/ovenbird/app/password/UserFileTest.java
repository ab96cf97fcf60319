package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig.Totp;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users, their passwords and codes. */
class UserFileTest {
  private static final PasswordHash SECRET =
      PasswordHash.make("secret".getBytes(UTF_8), new SecureRandom());

  /** RFC 6238, appendix B: the ASCII text 12345678901234567890. */
  private static final String CODES = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

  private final AtomicLong now = new AtomicLong(1_111_111_109);
  private final UsedCodes used = new UsedCodes();

  private Decision decide(Totp totp, Attempt attempt) throws ConfigException {
    UserFile users =
        UserFile.parse(
            "users",
            "# office\n\nalice:" + SECRET.text() + ":" + CODES + "\nbob:" + SECRET.text() + "\n");
    return new FileAuthenticator(users, totp, used, now::get).decide(attempt);
  }

  private static Attempt attempt(String user, String password, @Nullable String response) {
    return new Attempt(
        user, password.getBytes(UTF_8), response, false, "uid", "laptop", "192.0.2.1");
  }

  @Test
  void right_password_of_a_known_user_is_accepted_and_wiped() throws Exception {
    Attempt right = attempt("alice", "secret", null);
    assertThat(decide(Totp.Disabled, right)).isEqualTo(new Decision.Accepted());
    assertThat(right.password()).containsOnly(0);
    assertThat(decide(Totp.Disabled, attempt("alice", "Secret", null)))
        .isEqualTo(decide(Totp.Disabled, attempt("mallory", "secret", null)))
        .isInstanceOf(Decision.Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    // RFC 6238, appendix B, the last six digits.
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130"
  })
  void codes_are_those_of_the_rfc(long seconds, String code) {
    assertThat(CodeSecret.parse(CODES).code(seconds / 30)).isEqualTo(code);
    assertThat(CodeSecret.parse(CODES).base32()).isEqualTo(CODES);
  }

  @Test
  void code_is_good_once_within_a_step_of_now() throws Exception {
    CodeSecret secret = CodeSecret.parse(CODES);
    long step = now.get() / 30;
    for (long off : new long[] {-2, 2}) {
      assertThat(decide(Totp.Static, attempt("alice", "secret", secret.code(step + off))))
          .isInstanceOf(Decision.Refused.class);
    }
    for (long in : new long[] {-1, 0, 1}) {
      assertThat(decide(Totp.Static, attempt("alice", "secret", secret.code(step + in))))
          .isEqualTo(new Decision.Accepted());
      assertThat(decide(Totp.Static, attempt("alice", "secret", secret.code(step + in))))
          .isInstanceOf(Decision.Refused.class);
    }
  }

  @Test
  void code_may_follow_the_password_of_a_program_that_knows_no_challenge() throws Exception {
    assertThat(decide(Totp.Static, attempt("alice", "secret081804", null)))
        .isEqualTo(new Decision.Accepted());
    for (String wrong : new String[] {"secret", "081804", "", "secret000000"}) {
      assertThat(decide(Totp.Static, attempt("alice", wrong, null)))
          .isInstanceOf(Decision.Refused.class);
    }
  }

  @Test
  void dynamic_code_is_asked_for_after_the_right_password_alone() throws Exception {
    assertThat(decide(Totp.Dynamic, attempt("alice", "wrong", null)))
        .isInstanceOf(Decision.Refused.class);
    assertThat(decide(Totp.Dynamic, attempt("alice", "secret", null)))
        .isInstanceOf(Decision.Challenged.class);
    Attempt answer =
        new Attempt("alice", new byte[0], "081 804", true, "uid", "laptop", "192.0.2.1");
    assertThat(decide(Totp.Dynamic, answer)).isEqualTo(new Decision.Accepted());
  }

  @Test
  void user_without_a_secret_has_no_way_around_the_code() throws Exception {
    for (Totp totp : new Totp[] {Totp.Static, Totp.Dynamic}) {
      assertThat(decide(totp, attempt("bob", "secret", "123456")))
          .isInstanceOf(Decision.Refused.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice",
        ":x",
        "alice:secret",
        "alice:$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
        "alice:$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
        "alice:$argon2id$v=19$m=64,t=99,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
        "alice:$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng:0189",
        "alice:$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng:a:b"
      })
  void line_that_is_wrong_is_named_and_not_quoted(String line) {
    assertThatThrownBy(() -> UserFile.parse("users", "# one\n" + line))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("users, line 2: ")
        .hasMessageNotContaining("c29tZXNhbHQ");
  }

  @Test
  void unknown_users_password_takes_as_long_as_the_costliest() throws Exception {
    String rest = "$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng\n";
    UserFile users =
        UserFile.parse(
            "users",
            "alice:$argon2id$v=19$m=64,t=1,p=1"
                + rest
                + "bob:$argon2id$v=19$m=8192,t=2,p=2"
                + rest);
    assertThat(users.nobodys().text()).startsWith("$argon2id$v=19$m=8192,t=2,p=2$");
    assertThat(UserFile.parse("users", "").nobodys().text())
        .startsWith(SECRET.text().substring(0, SECRET.text().indexOf(",p=")));
  }

  /** An agent has a heap of 64 MiB; one hash may take 24. */
  @Test
  @Timeout(30)
  void hash_takes_its_memory_only_when_its_turn_has_come() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Thread second = new Thread(() -> SECRET.matches(new byte[] {1}));
    synchronized (PasswordHash.ONE_AT_A_TIME) {
      second.start();
      while (second.getState() != Thread.State.BLOCKED) {
        Thread.onSpinWait();
      }
      assertThat(threads.getThreadAllocatedBytes(second.threadId())).isLessThan(1 << 20);
    }
    second.join();
  }

  @Test
  void user_is_there_once() {
    String line = "alice:" + SECRET.text() + "\n";
    assertThatThrownBy(() -> UserFile.parse("users", line + line)).hasMessageContaining("line 2");
  }
}
