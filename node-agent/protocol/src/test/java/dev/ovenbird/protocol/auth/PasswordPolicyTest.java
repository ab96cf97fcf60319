package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import dev.ovenbird.protocol.auth.PasswordPolicy.Step;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a password field says, and what comes of it (digest 6.6, 6.9). */
class PasswordPolicyTest {
  private static final long NOW = 1_800_000_000L;
  private static final PeerIdentity IDENTITY =
      new PeerIdentity("laptop", "1", List.of(), "aa", NOW, null);

  private final AuthTokens tokens =
      new AuthTokens(List.of(AuthTokenKey.of(new byte[AuthTokenKey.BYTES])), 36_000, 3600);
  private final PasswordPolicy policy = new PasswordPolicy(_ -> new Decision.Accepted(), tokens);

  private Step begin(ClientLogin login, @Nullable Login before, String clientId, long at) {
    return policy.begin(
        login.username(), login.password(), before, IDENTITY, clientId, "192.0.2.1", at);
  }

  private Attempt asked(ClientLogin login) {
    Step step = begin(login, null, "uid", NOW);
    assertThat(step).isInstanceOf(Step.Ask.class);
    return ((Step.Ask) step).attempt();
  }

  private static String refused(Step step) {
    assertThat(step).isInstanceOf(Step.Refused.class);
    return ((Step.Refused) step).reason();
  }

  @Test
  void password_and_answer_are_told_apart() {
    Attempt plain = asked(ClientLogin.of("alice", "pä:ss"));
    assertThat(new String(plain.password(), UTF_8)).isEqualTo("pä:ss");
    assertThat(plain.response()).isNull();
    Attempt both = asked(ClientLogin.of("alice", "pä:ss").withResponse("123 456"));
    assertThat(new String(both.password(), UTF_8)).isEqualTo("pä:ss");
    assertThat(both.response()).isEqualTo("123 456");
    assertThat(both.passwordProven()).isFalse();
  }

  private DynamicChallenge.Asked challenge() {
    Step step =
        policy.decided(
            new Decision.Challenged("Code, please: now", true),
            asked(ClientLogin.of("alice", "secret")),
            null,
            true,
            new byte[12],
            NOW);
    return DynamicChallenge.Asked.parse(refused(step));
  }

  @Test
  void dynamic_challenge_is_answered_without_the_password() {
    DynamicChallenge.Asked challenge = challenge();
    assertThat(challenge.username()).isEqualTo("alice");
    assertThat(challenge.text()).isEqualTo("Code, please: now");
    assertThat(challenge.echo()).isTrue();
    Attempt answer = asked(ClientLogin.answer(challenge, "12::34"));
    assertThat(answer.passwordProven()).isTrue();
    assertThat(answer.password()).isEmpty();
    assertThat(answer.response()).isEqualTo("12::34");
  }

  @Test
  void challenge_is_its_users_and_its_certificates_for_two_minutes() {
    ClientLogin answer = ClientLogin.answer(challenge(), "1");
    assertThat(begin(answer, null, "uid", NOW + 120)).isInstanceOf(Step.Ask.class);
    refused(begin(answer, null, "uid", NOW + 121));
    refused(begin(answer, null, "another", NOW));
    refused(begin(new ClientLogin("bob", answer.password()), null, "uid", NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SCRV1:",
        "SCRV1:a",
        "SCRV1:YQ==",
        "SCRV1:YQ==:?",
        // No password: a directory would take that for an anonymous bind.
        "SCRV1::",
        "SCRV1::MTIzNDU2",
        "CRV1::",
        "CRV1::x",
        "CRV1::x::1",
        "CRV1::AAAA::1",
        "SESS_ID_AT_",
        "SESS_ID_AT_AAAA"
      })
  void what_is_malformed_is_refused_and_asks_nobody(String field) {
    refused(begin(ClientLogin.of("alice", field), null, "uid", NOW));
  }

  @Test
  void names_and_passwords_have_limits() {
    asked(ClientLogin.of("a".repeat(255), "p".repeat(1024)));
    refused(begin(ClientLogin.of("a".repeat(256), "p"), null, "uid", NOW));
    refused(begin(ClientLogin.of("a", "p".repeat(1025)), null, "uid", NOW));
    assertThat(refused(begin(ClientLogin.NONE, null, "uid", NOW))).contains("current profile");
  }

  @Test
  void renegotiation_takes_the_same_user_and_the_same_session() {
    Login login = Login.begin("alice", new byte[12], NOW);
    ClientLogin token = ClientLogin.of("alice", tokens.issue(login, NOW));
    assertThat(begin(token, login, "uid", NOW)).isEqualTo(new Step.LoggedIn(login));
    byte[] id = new byte[12];
    id[0] = 1;
    ClientLogin other = ClientLogin.of("alice", tokens.issue(Login.begin("alice", id, NOW), NOW));
    assertThat(refused(begin(other, login, "uid", NOW))).startsWith("SESSION:");
    refused(begin(ClientLogin.of("bob", "secret"), login, "uid", NOW));
    assertThat(refused(begin(token, login, "uid", NOW + 7200))).isEqualTo("SESSION: token expired");
  }

  @Test
  void token_opens_no_client_whose_user_it_is_not() {
    PasswordPolicy bound =
        new PasswordPolicy(
            new Authenticator() {
              @Override
              public Decision decide(Attempt attempt) {
                return new Decision.Accepted();
              }

              @Override
              public @Nullable String refusesName(String username, String commonName) {
                return username.equals(commonName) ? null : "not this client's";
              }
            },
            tokens);
    for (String user : new String[] {"laptop", "alice"}) {
      String token = tokens.issue(Login.begin(user, new byte[12], NOW), NOW);
      Step step = bound.begin(user, token.getBytes(UTF_8), null, IDENTITY, "uid", "192.0.2.1", NOW);
      assertThat(step instanceof Step.LoggedIn).as(user).isEqualTo(user.equals("laptop"));
    }
  }

  @Test
  void nobody_to_ask_is_temporary_for_those_who_know_that() {
    Decision down = new Decision.Unavailable("no answer");
    Attempt attempt = asked(ClientLogin.of("alice", "secret"));
    assertThat(refused(policy.decided(down, attempt, null, true, new byte[12], NOW)))
        .startsWith("TEMP[");
    assertThat(refused(policy.decided(down, attempt, null, false, new byte[12], NOW)))
        .isEqualTo("no answer");
  }
}
