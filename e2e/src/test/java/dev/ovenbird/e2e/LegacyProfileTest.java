package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OldClient;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The second profile of each client, for programs that don't know tls-crypt-v2. */
class LegacyProfileTest {
  @ParameterizedTest
  @ValueSource(strings = {"TLSCrypt", "TLSAuth"})
  void stock_client_connects_with_either_profile(String wrap) {
    try (Stage stage =
        Stage.open(
            1,
            new ClusterSpec()
                .set("tls", "{controlChannel: {legacyProfiles: Enabled, legacyWrap: " + wrap + "}}")
                .client("alice"))) {
      Path file = stage.cluster().state().resolve("profiles/alice_legacy.ovpn");
      Profile legacy = Profile.read(file);
      assertThat(legacy.text()).contains(wrap.equals("TLSAuth") ? "<tls-auth>" : "<tls-crypt>");
      reaches(stage, legacy, ClusterSpec.UDP_PORT, "udp");
      reaches(stage, legacy, ClusterSpec.TCP_PORT, "tcp");
      reaches(stage, stage.cluster().profile("alice"), ClusterSpec.UDP_PORT, "udp");
      // Announces what 2.4 announces.
      OpenVpnClient.start(stage.scope(), stage.lab().client(0), OldClient.make(stage.dir()), file)
          .awaitConnected(Stage.CONNECT);
      stage.assertServiceIsReached(0);
    }
  }

  private static void reaches(Stage stage, Profile profile, int port, String protocol) {
    Profile one = profile.with(new Profile.Remote(Lab.SERVER_IPV4, port, protocol));
    try (OpenVpnClient client = stage.start(0, one).awaitConnected(Stage.CONNECT)) {
      stage.assertServiceIsReached(0);
      assertThat(client.log().count("SIGUSR1")).isZero();
    }
  }
}
