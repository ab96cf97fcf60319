package dev.ovenbird.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.auth.AuthTokens;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import dev.ovenbird.protocol.auth.ClientLogin;
import dev.ovenbird.protocol.auth.DynamicChallenge;
import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole handshakes with user names, passwords, challenges and tokens. */
class PasswordsTest {
  private static final long SECOND = Simulation.SECOND;

  private final List<Attempt> attempts = new ArrayList<>();

  private Decision decide(Attempt attempt) {
    attempts.add(attempt);
    if (!attempt.passwordProven() && !new String(attempt.password(), UTF_8).equals("secret")) {
      return new Decision.Refused("wrong user name or password");
    }
    if (!attempt.username().equals("totp")) {
      return new Decision.Accepted();
    }
    return attempt.response() == null
        ? new Decision.Challenged("Code", true)
        : attempt.response().equals("123456")
            ? new Decision.Accepted()
            : new Decision.Refused("wrong code");
  }

  private static PasswordPolicy policy(Authenticator authenticator, long renewal) {
    return new PasswordPolicy(
        authenticator,
        new AuthTokens(List.of(AuthTokenKey.of(new byte[AuthTokenKey.BYTES])), 36_000, renewal));
  }

  private World world(long seed) {
    World world = new World(seed);
    world.server.passwords = policy(this::decide, 3600);
    return world;
  }

  private static SimulatedClient start(World world, LinkConditions conditions, ClientLogin login) {
    return world.client(conditions, Transport.UDP, config -> config.withLogin(login));
  }

  private static String refusal(World world, SimulatedClient client) {
    assertThat(world.simulation.runUntil(() -> client.closedReason != null, 60 * SECOND)).isTrue();
    assertThat(client.pushed).isNull();
    return Objects.requireNonNull(client.closedReason);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void right_password_connects_over_a_bad_link_and_is_wiped(long seed) {
    World world = world(seed);
    SimulatedClient client = start(world, LinkConditions.AWFUL, ClientLogin.of("alice", "secret"));
    world.connect(client);
    ServerSession session = world.server.endpoint().sessions().iterator().next();
    assertThat(session.username()).isEqualTo("alice");
    assertThat(attempts).hasSize(1);
    assertThat(attempts.getFirst().password()).containsOnly(0);
    assertThat(attempts.getFirst().source()).isEqualTo("192.0.2.1");
  }

  @Test
  void wrong_password_or_none_is_told_why() {
    World world = world(4);
    assertThat(refusal(world, start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "wrong"))))
        .isEqualTo("AUTH_FAILED: wrong user name or password");
    assertThat(refusal(world, start(world, LinkConditions.CLEAN, ClientLogin.NONE)))
        .contains("asks for a user name");
    assertThat(attempts).hasSize(1);
    assertThat(world.server.opened).isZero();
  }

  @Test
  void who_is_not_in_the_roster_guesses_no_password() {
    World world = world(5);
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    world.simulation.run(5 * Simulation.MILLI);
    world.server.roster.clear();
    world.simulation.run(5 * SECOND);
    assertThat(client.pushed).isNull();
    assertThat(attempts).isEmpty();
  }

  @Test
  void nothing_is_pushed_before_the_password_is_checked() {
    World world = world(6);
    world.server.authenticationNanos = 15 * SECOND;
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "wrong"));
    world.simulation.run(14 * SECOND);
    assertThat(client.pushed).isNull();
    assertThat(client.closedReason).isNull();
    assertThat(world.server.opened).isZero();
    assertThat(refusal(world, client)).contains("wrong");
  }

  @Test
  void client_that_is_removed_while_its_password_is_checked_does_not_get_in() {
    World world = world(7);
    world.server.authenticationNanos = 5 * SECOND;
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    world.simulation.run(3 * SECOND);
    world.server.roster.clear();
    world.server.cutOff("client1", "access removed");
    assertThat(refusal(world, client)).isEqualTo("AUTH_FAILED: not in the roster");
  }

  @Test
  void authenticator_that_never_answers_ends_with_the_hand_window() {
    World world = world(8);
    world.server.authenticationNanos = 600 * SECOND;
    start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    world.simulation.run(70 * SECOND);
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
    world.simulation.run(600 * SECOND);
    assertThat(world.server.opened).isZero();
  }

  @Test
  void authenticator_that_throws_lets_nobody_in() {
    World world = world(9);
    world.server.passwords =
        policy(
            attempt -> {
              throw new IllegalStateException("secret");
            },
            3600);
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    assertThat(refusal(world, client)).contains("cannot be checked").doesNotContain("secret");
  }

  @Test
  void static_challenge_is_answered_with_the_password() {
    World world = world(10);
    ClientLogin login = ClientLogin.of("totp", "secret");
    world.connect(start(world, LinkConditions.CLEAN, login.withResponse("123456")));
    assertThat(refusal(world, start(world, LinkConditions.CLEAN, login.withResponse("000000"))))
        .contains("wrong code");
  }

  @Test
  void dynamic_challenge_is_answered_at_the_next_connection() {
    World world = world(11);
    ClientLogin login = ClientLogin.of("totp", "secret");
    SimulatedClient first = start(world, LinkConditions.LOSSY, login);
    DynamicChallenge.Asked asked =
        DynamicChallenge.Asked.parse(refusal(world, first).substring("AUTH_FAILED: ".length()));
    // The state is bound to the client, so that another client has no use for it.
    ClientLogin answer = ClientLogin.answer(asked, "123456");
    assertThat(refusal(world, start(world, LinkConditions.CLEAN, answer))).contains("too old");
    world.clients.removeFirst();
    world.clients.removeFirst();
    SimulatedClient again = start(world, LinkConditions.CLEAN, answer);
    world.connect(again);
    assertThat(attempts.getLast().passwordProven()).isTrue();
  }

  @Test
  void token_stands_for_the_password_in_renegotiations_and_on_other_servers() {
    World world = world(12);
    SimulatedClient client =
        start(world, LinkConditions.LOSSY, ClientLogin.of("totp", "secret").withResponse("123456"));
    world.connect(client);
    assertThat(client.tokens).hasSize(1);
    client.renegotiate();
    world.simulation.run(30 * SECOND);
    assertThat(client.renegotiations).isEqualTo(1);
    assertThat(client.closedReason).isNull();
    assertThat(client.tokens).hasSize(2);
    assertThat(attempts).hasSize(1);
    // Another instance has the key and nothing else.
    world.server.passwords = policy(this::decide, 3600);
    SimulatedClient elsewhere =
        start(world, LinkConditions.CLEAN, ClientLogin.of("totp", client.tokens.getLast()));
    world.connect(elsewhere);
    assertThat(attempts).hasSize(1);
  }

  @Test
  void token_is_renewed_while_the_client_is_connected_and_ends_after_that() {
    World world = world(13);
    world.server.passwords = policy(this::decide, 120);
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    world.connect(client);
    world.simulation.run(1000 * SECOND);
    assertThat(client.closedReason).isNull();
    assertThat(client.tokens).hasSize(9);
    client.renegotiate();
    world.simulation.run(10 * SECOND);
    assertThat(client.renegotiations).isEqualTo(1);
    client.leave();
    world.simulation.run(240 * SECOND);
    ClientLogin late = ClientLogin.of("alice", client.tokens.getLast());
    assertThat(refusal(world, start(world, LinkConditions.CLEAN, late)))
        .isEqualTo("AUTH_FAILED: SESSION: token expired");
  }

  @Test
  void login_that_ends_during_the_session_ends_it_at_the_next_renegotiation() {
    World world = world(14);
    world.server.passwords =
        new PasswordPolicy(
            this::decide,
            new AuthTokens(List.of(AuthTokenKey.of(new byte[AuthTokenKey.BYTES])), 300, 120));
    SimulatedClient client = start(world, LinkConditions.CLEAN, ClientLogin.of("alice", "secret"));
    world.connect(client);
    world.simulation.run(400 * SECOND);
    assertThat(client.closedReason).isNull();
    client.renegotiate();
    world.simulation.run(10 * SECOND);
    assertThat(client.closedReason).isEqualTo("AUTH_FAILED: SESSION: token expired");
    assertThat(world.server.closed).containsExactly("client1 CUT_OFF");
  }
}
