package dev.ovenbird.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.NewestClient;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Person;
import dev.ovenbird.e2e.client.UserLine;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.process.Await;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stock clients that log in by name and password, code and token, with their profiles as made. */
class AuthenticationTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String PASSWORD = "correct horse";

  private final ClusterSpec spec =
      new ClusterSpec()
          .renegotiation("4s")
          .set("keepalive", "{interval: 1s, timeout: 5s}")
          .client("alice")
          .client("bob");
  private Stage stage;

  private static String authentication(String totp, String lifetime) {
    return "{passwords: {type: Secret, secretRef: {name: office-users}}, totp: "
        + totp
        + ", usernames: ClientName, token: {lifetime: "
        + lifetime
        + "}}";
  }

  @BeforeEach
  void open() {
    stage = Stage.open(2, spec.set("authentication", authentication("Static", "12h")));
  }

  @AfterEach
  void close() {
    stage.close();
  }

  /**
   * Makes the users that are missing, and waits until both lanes have them; their app's secrets.
   */
  private List<String> users(String... names) throws IOException {
    StringBuilder lines = new StringBuilder();
    List<String> secrets = new java.util.ArrayList<>();
    for (String name : names) {
      String line = UserLine.of(name, PASSWORD, "--totp");
      assertThat(line).startsWith(name + ":$argon2id$").doesNotContain(PASSWORD);
      lines.append(line).append('\n');
      secrets.add(line.substring(line.lastIndexOf(':') + 1));
    }
    Path folder = stage.cluster().state().resolve("secrets/office-users");
    Files.createDirectories(folder);
    applied(
        () -> {
          try {
            Path next = Files.writeString(folder.resolve(".users"), lines);
            Files.move(next, folder.resolve("users"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    return secrets;
  }

  /** Does it, and waits until both lanes have applied a configuration. */
  private void applied(Runnable change) {
    String said = "Configuration applied";
    long before = stage.cluster().log().count(said);
    change.run();
    Await.until(
        "both lanes apply it", SOON, () -> stage.cluster().log().count(said), n -> n >= before + 2);
  }

  /** The codes of an authenticator app: each is good once, so that of the next 30 s comes next. */
  private static Supplier<String> app(String base32) {
    BigInteger number = BigInteger.ZERO;
    for (char c : base32.toCharArray()) {
      int digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c);
      number = number.shiftLeft(5).add(BigInteger.valueOf(digit));
    }
    byte[] whole = number.toByteArray();
    byte[] key = new byte[20];
    int length = Math.min(20, whole.length);
    System.arraycopy(whole, whole.length - length, key, 20 - length, length);
    AtomicInteger used = new AtomicInteger();
    return () -> {
      long step = System.currentTimeMillis() / 30_000 + used.getAndIncrement();
      try {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key, "HmacSHA1"));
        byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
        int code = ByteBuffer.wrap(hash).getInt(hash[19] & 15) & 0x7fffffff;
        return String.format(Locale.ROOT, "%06d", code % 1_000_000);
      } catch (java.security.GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private OpenVpnClient start(int namespace, Path binary, String name) {
    return OpenVpnClient.start(
        stage.scope(),
        stage.lab().client(namespace),
        binary,
        stage.cluster().profileFile(name),
        Person.arguments(socket(name)));
  }

  private Path socket(String name) {
    return stage.dir().resolve(name + ".sock");
  }

  private static int lane(OpenVpnClient client) {
    return client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
  }

  @Test
  void token_stands_for_password_and_code_until_it_expires() throws IOException {
    List<String> secrets = users("alice", "bob");
    OpenVpnClient alice = start(0, Path.of("openvpn"), "alice");
    Person first =
        Person.at(stage.scope(), socket("alice"), "alice", PASSWORD, app(secrets.get(0)));
    OpenVpnClient bob = start(1, NewestClient.make(stage.dir()), "bob");
    Person second = Person.at(stage.scope(), socket("bob"), "bob", PASSWORD, app(secrets.get(1)));
    for (OpenVpnClient client : List.of(alice, bob)) {
      client.awaitConnected(Stage.CONNECT);
      int mark = client.log().mark();
      client.log().await("Control Channel: TLSv", mark, SOON);
      client.log().await("Control Channel: TLSv", client.log().mark(), SOON);
      assertThat(client.connections()).isEqualTo(1);
    }
    // Another instance has never seen them, and the code was good once.
    int aliceMark = alice.log().mark();
    int bobMark = bob.log().mark();
    int victim = lane(alice);
    boolean bobToo = lane(bob) == victim;
    stage.cluster().command("stop", victim);
    alice.awaitConnectedAfter(aliceMark, SOON);
    assertThat(lane(alice)).isEqualTo(1 - victim);
    if (bobToo) {
      bob.awaitConnectedAfter(bobMark, SOON);
    }
    stage.assertServiceIsReached(0);
    stage.assertServiceIsReached(1);
    assertThat(first.questions()).isEqualTo(1);
    assertThat(second.questions()).isEqualTo(1);
    // The log-in ends: whoever holds the token only is asked again.
    int mark = alice.log().mark();
    stage.cluster().apply(spec.set("authentication", authentication("Static", "10s")));
    alice.log().await("AUTH_FAILED,SESSION: token expired", mark, SOON);
    alice.awaitConnectedAfter(mark, SOON);
    assertThat(first.questions()).isEqualTo(2);
    assertThat(stage.cluster().log().count(PASSWORD)).isZero();
  }

  @Test
  void wrong_password_is_refused_and_a_dynamic_challenge_is_answered() throws IOException {
    List<String> secrets = users("alice", "bob");
    applied(
        () -> stage.cluster().apply(spec.set("authentication", authentication("Dynamic", "12h"))));
    Await.until(
        "profiles with it",
        SOON,
        () -> stage.cluster().profile("bob").text(),
        text -> text.contains("\nauth-user-pass\nauth-nocache\nauth-retry interact\n"));
    Path typed = stage.dir().resolve("typed");
    Files.write(typed, ("alice\nwrong\n").getBytes(UTF_8));
    OpenVpnClient wrong =
        stage.start(0, "alice", "--auth-user-pass", typed.toString(), "--auth-retry", "none");
    wrong.log().await("AUTH_FAILED,wrong user name, password or code", SOON);
    wrong.log().awaitExit(SOON);
    Files.write(typed, ("bob\n" + PASSWORD + "\n").getBytes(UTF_8));
    OpenVpnClient other =
        stage.start(0, "alice", "--auth-user-pass", typed.toString(), "--auth-retry", "none");
    other.log().await("AUTH_FAILED,this profile takes the user name alice", SOON);
    other.log().awaitExit(SOON);
    OpenVpnClient alice = start(0, Path.of("openvpn"), "alice");
    Person.at(stage.scope(), socket("alice"), "alice", PASSWORD, app(secrets.get(0)));
    OpenVpnClient bob = start(1, NewestClient.make(stage.dir()), "bob");
    Person second = Person.at(stage.scope(), socket("bob"), "bob", PASSWORD, app(secrets.get(1)));
    alice.awaitConnected(SOON);
    bob.awaitConnected(SOON);
    assertThat(second.questions()).isEqualTo(2);
    bob.log().await("Control Channel: TLSv", bob.log().mark(), SOON);
    stage.assertServiceIsReached(0);
    stage.assertServiceIsReached(1);
    assertThat(second.questions()).isEqualTo(2);
  }
}
