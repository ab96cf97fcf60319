package dev.ovenbird.app.password;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ovenbird.crds.instance.InstanceConfig.Usernames;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** How often wrong passwords may be tried. */
class LimitsTest {
  private static final Decision WRONG = new Decision.Refused("wrong");

  private final AtomicLong now = new AtomicLong(1_800_000_000);
  private final LoginLimits limits = new LoginLimits();
  private Decision answer = WRONG;
  private int asked;

  private Decision attempt(Usernames usernames, String user, String client, String source) {
    Authenticator inner =
        attempt -> {
          asked++;
          return answer;
        };
    return new LimitedAuthenticator(inner, usernames, limits, now::get)
        .decide(new Attempt(user, new byte[] {1}, null, false, client, client, source));
  }

  private Decision attempt(String user, String client, String source) {
    return attempt(Usernames.Any, user, client, source);
  }

  @Test
  void user_is_tried_ten_times_in_ten_minutes_from_wherever() {
    for (int i = 0; i < LoginLimits.PER_USER; i++) {
      assertThat(attempt("alice", "client" + i, "192.0.2." + i)).isEqualTo(WRONG);
    }
    answer = new Decision.Accepted();
    assertThat(attempt("alice", "other", "198.51.100.1").toString()).contains("10 minutes");
    assertThat(asked).isEqualTo(LoginLimits.PER_USER);
    assertThat(attempt("bob", "other", "198.51.100.1")).isEqualTo(answer);
    now.addAndGet(LoginLimits.WINDOW_SECONDS);
    assertThat(attempt("alice", "other", "198.51.100.1")).isEqualTo(answer);
  }

  @Test
  void client_and_address_have_limits_of_their_own() {
    for (int i = 0; i < LoginLimits.PER_CLIENT; i++) {
      assertThat(attempt("user" + i, "stolen", "192.0.2.1")).isEqualTo(WRONG);
    }
    assertThat(attempt("alice", "stolen", "192.0.2.2")).isNotEqualTo(WRONG);
    for (int i = LoginLimits.PER_CLIENT; i < LoginLimits.PER_SOURCE; i++) {
      assertThat(attempt("user" + i, "client" + i, "192.0.2.1")).isEqualTo(WRONG);
    }
    assertThat(attempt("alice", "new", "192.0.2.1")).isNotEqualTo(WRONG);
  }

  @Test
  void right_password_begins_anew_and_an_endpoint_that_is_down_counts_against_nobody() {
    answer = new Decision.Unavailable("down");
    for (int i = 0; i < 100; i++) {
      assertThat(attempt("alice", "laptop", "192.0.2.1")).isEqualTo(answer);
    }
    for (int round = 0; round < 3; round++) {
      answer = WRONG;
      for (int i = 1; i < LoginLimits.PER_USER; i++) {
        assertThat(attempt("alice", "laptop", "192.0.2.1")).isEqualTo(WRONG);
      }
      answer = new Decision.Accepted();
      assertThat(attempt("alice", "laptop", "192.0.2.1")).isEqualTo(answer);
    }
  }

  @Test
  void who_has_logged_in_from_somewhere_is_not_kept_out_there_by_what_others_try() {
    answer = new Decision.Accepted();
    assertThat(attempt("alice", "laptop", "192.0.2.1")).isEqualTo(answer);
    answer = WRONG;
    for (int i = 0; i < LoginLimits.PER_USER; i++) {
      assertThat(attempt("alice", "mallory", "198.51.100.1")).isEqualTo(WRONG);
    }
    assertThat(attempt("alice", "phone", "192.0.2.1")).isNotEqualTo(WRONG);
    for (int i = 0; i < LoginLimits.PER_CLIENT; i++) {
      assertThat(attempt("alice", "laptop", "192.0.2.1")).isEqualTo(WRONG);
    }
    assertThat(attempt("alice", "laptop", "192.0.2.1")).as("its own limit").isNotEqualTo(WRONG);
  }

  @Test
  void right_password_of_ones_own_gives_no_more_tries_at_others() {
    int tries = 0;
    for (int round = 0; round < 5; round++) {
      answer = WRONG;
      for (int i = 0; i < LoginLimits.PER_CLIENT - 1; i++) {
        tries += attempt("user" + tries, "bobs", "192.0.2." + round).equals(WRONG) ? 1 : 0;
      }
      answer = new Decision.Accepted();
      attempt("bob", "bobs", "192.0.2.1");
    }
    assertThat(tries).isEqualTo(LoginLimits.PER_CLIENT);
  }

  @Test
  void refused_attempts_write_a_bounded_number_of_lines() {
    Logger logger = (Logger) LoggerFactory.getLogger(LimitedAuthenticator.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      LimitedAuthenticator limited =
          new LimitedAuthenticator(_ -> WRONG, Usernames.Any, limits, now::get);
      for (int i = 0; i < 100; i++) {
        limited.decide(new Attempt("alice", new byte[1], null, false, "uid", "laptop", "::1"));
      }
      assertThat(lines.list).hasSize(LimitedAuthenticator.MAX_LINES);
    } finally {
      logger.detachAppender(lines);
    }
  }

  @Test
  void memory_of_failures_is_bounded() {
    for (int i = 0; i < 3 * LoginLimits.MAX_REMEMBERED; i++) {
      limits.failed("user" + i, "client" + i, "source" + i, now.get());
    }
    assertThat(limits.wait("user0", "client0", "source0", now.get())).isZero();
  }

  @Test
  void user_name_may_have_to_be_the_clients() {
    assertThat(attempt(Usernames.ClientName, "bob", "alice", "192.0.2.1").toString())
        .contains("takes the user name alice");
    assertThat(asked).isZero();
    assertThat(attempt(Usernames.ClientName, "alice", "alice", "192.0.2.1")).isEqualTo(WRONG);
    // Of tokens, which are never seen here.
    Authenticator bound =
        new LimitedAuthenticator(_ -> WRONG, Usernames.ClientName, limits, now::get);
    assertThat(bound.refusesName("bob", "alice")).contains("takes the user name alice");
    assertThat(bound.refusesName("alice", "alice")).isNull();
    Authenticator free = new LimitedAuthenticator(_ -> WRONG, Usernames.Any, limits, now::get);
    assertThat(free.refusesName("bob", "alice")).isNull();
  }
}
