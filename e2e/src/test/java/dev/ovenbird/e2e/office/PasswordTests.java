package dev.ovenbird.e2e.office;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.UserLine;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A cluster that asks for a password besides the certificate, as docs/authentication.md has it. */
interface PasswordTests {
  Duration ANSWER = Duration.ofSeconds(60);
  String USERS = "office-users";
  String PASSWORD = "correct horse";
  String REFUSED = "AUTH_FAILED";
  String CONNECTED = "Initialization Sequence Completed";

  Office office();

  @Test
  @Order(4)
  default void a_cluster_that_asks_for_passwords_lets_in_who_knows_one() throws IOException {
    String name = Office.name(0);
    Profile old = office().profile(name);
    Profile.Remote remote = old.remotes().getFirst();
    Path users = office().folder().resolve("users");
    Files.writeString(users, UserLine.of(name, PASSWORD) + "\n");
    String namespace = "kubectl --namespace=" + Office.NAMESPACE + " ";
    office().type(namespace + "create secret generic " + USERS + " --from-file=users");
    office()
        .type(
            namespace
                + authentication(
                    "{\"type\": \"Secret\", \"secretRef\": {\"name\": \"" + USERS + "\"}}"));
    Profile asking = awaitProfile(name, true).with(remote);

    Await.until(
        remote + " tells who has an old profile",
        ANSWER,
        () -> answer(name, old.with(remote)),
        it -> it.contains(REFUSED));
    assertThat(answer(name, asking, "--auth-user-pass", typed(name, "wrong"))).contains(REFUSED);
    assertThat(answer(name, asking, "--auth-user-pass", typed(Office.name(1), PASSWORD)))
        .contains(REFUSED);
    assertThat(answer(name, asking, "--auth-user-pass", typed(name, PASSWORD))).contains(CONNECTED);

    office().type(namespace + authentication("null"));
    office().type(namespace + "delete secret " + USERS);
    awaitProfile(name, false);
    Await.until(
        remote + " asks no more",
        ANSWER,
        () -> answer(name, old.with(remote)),
        it -> it.contains(CONNECTED));
  }

  private static String authentication(String passwords) {
    return "patch vpncluster office --type=merge "
        + "--patch='{\"spec\": {\"authentication\": {\"passwords\": "
        + passwords
        + "}}}'";
  }

  private Profile awaitProfile(String name, boolean ask) {
    Await.until(
        "every profile " + (ask ? "asks" : "no longer asks") + " for a password",
        Office.SOON,
        () -> office().profiles().values().stream().filter(it -> asks(it) != ask).count(),
        others -> others == 0);
    return office().profile(name);
  }

  private static boolean asks(Profile profile) {
    return profile.text().contains("\nauth-user-pass\n");
  }

  /** What a person types, for openvpn to read. */
  private String typed(String name, String password) throws IOException {
    Path file = office().folder().resolve("typed");
    Files.writeString(file, name + "\n" + password + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file.toString();
  }

  /** The line of openvpn's log that says whether the server lets it in. */
  private String answer(String name, Profile profile, String... arguments) {
    try (Scope scope = new Scope()) {
      OpenVpnClient client =
          OpenVpnClient.start(
              scope,
              office().cluster().outside(),
              profile.write(office().folder().resolve(name + ".ovpn")),
              arguments);
      String answer =
          client
              .log()
              .await(
                  line -> line.contains(REFUSED) || line.contains(CONNECTED), "answer", 0, ANSWER)
              .text();
      System.out.println(answer);
      return answer;
    }
  }
}
