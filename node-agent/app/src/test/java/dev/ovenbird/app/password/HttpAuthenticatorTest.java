package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an endpoint is asked, and what its answers come to. */
class HttpAuthenticatorTest {
  private final AtomicReference<String> body = new AtomicReference<>("");

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  private final CountDownLatch testEnds = new CountDownLatch(1);

  private String answer = "{\"result\": \"allow\"}";
  private int status = 200;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.createContext(
        "/vpn",
        exchange -> {
          body.set(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          byte[] bytes = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    testEnds.countDown();
    server.stop(0);
  }

  private Decision decide(Attempt attempt) throws ConfigException {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/vpn";
    return new HttpAuthenticator(new InstanceConfig.Http(url, null, 5)).decide(attempt);
  }

  private static Attempt password() {
    return new Attempt(
        "alice", "pä\"ss".getBytes(UTF_8), null, false, "uid", "laptop", "192.0.2.1");
  }

  @Test
  void endpoint_is_told_who_and_what_and_may_allow() throws Exception {
    assertThat(decide(password())).isEqualTo(new Decision.Accepted());
    assertThat(body.get())
        .isEqualTo(
            "{\"username\":\"alice\",\"password\":\"pä\\\"ss\",\"passwordProven\":false,"
                + "\"client\":\"laptop\",\"clientUid\":\"uid\",\"source\":\"192.0.2.1\"}");
    assertThat(decide(new Attempt("alice", new byte[0], "42", true, "uid", "laptop", "192.0.2.1")))
        .isEqualTo(new Decision.Accepted());
    assertThat(body.get())
        .contains("\"passwordProven\":true,\"response\":\"42\"")
        .doesNotContain("\"password\":");
  }

  @Test
  void endpoint_may_deny_and_ask_on() throws Exception {
    answer = "{\"result\": \"deny\", \"reason\": \"account locked\\n\"}";
    assertThat(decide(password())).isEqualTo(new Decision.Refused("account locked?"));
    answer = "{\"result\": \"deny\", \"reason\": \"TEMP:x\"}";
    assertThat(decide(password())).isEqualTo(new Decision.Refused("_TEMP:x"));
    answer = "{\"result\": \"challenge\", \"text\": \"Pin?\", \"echo\": false}";
    assertThat(decide(password())).isEqualTo(new Decision.Challenged("Pin?", false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "allow", "{}", "[]", "{\"result\": \"ALLOW\"}", "{\"result\":"})
  void every_other_answer_lets_nobody_in(String other) throws Exception {
    answer = other;
    assertThat(decide(password())).isInstanceOf(Decision.Unavailable.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 302, 401, 500})
  void every_other_status_lets_nobody_in(int other) throws Exception {
    status = other;
    assertThat(decide(password())).isInstanceOf(Decision.Unavailable.class);
  }

  @Test
  void endpoint_that_is_gone_lets_nobody_in() throws Exception {
    server.stop(0);
    assertThat(decide(password())).isInstanceOf(Decision.Unavailable.class);
  }

  @Test
  @Timeout(20)
  void answer_that_never_ends_lets_nobody_in_and_holds_nobody_up() throws Exception {
    server.createContext(
        "/slow",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          try {
            testEnds.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/slow";
    assertThat(new HttpAuthenticator(new InstanceConfig.Http(url, null, 1)).decide(password()))
        .isInstanceOf(Decision.Unavailable.class);
  }

  @Test
  void answer_that_is_too_long_lets_nobody_in() throws Exception {
    answer = "{\"result\": \"allow\"}" + " ".repeat(20_000);
    assertThat(decide(password())).isInstanceOf(Decision.Unavailable.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://login.example.com/{name}", "https://log_in/vpn"})
  void address_that_is_none_is_said(String url) {
    assertThatThrownBy(() -> new HttpAuthenticator(new InstanceConfig.Http(url, null, 5)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("authentication.http.url");
  }

  @Test
  void certificates_that_are_none_are_said() {
    assertThatThrownBy(
            () -> new HttpAuthenticator(new InstanceConfig.Http("https://x", "nothing", 5)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("caBundle");
  }
}
