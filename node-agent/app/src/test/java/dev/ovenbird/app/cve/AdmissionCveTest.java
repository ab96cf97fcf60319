package dev.ovenbird.app.cve;

import static dev.ovenbird.app.TestInstance.ALICE;
import static dev.ovenbird.app.TestInstance.BOB;
import static dev.ovenbird.app.TestInstance.CLUSTER;
import static dev.ovenbird.app.TestInstance.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.TestInstance;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.roster.PushOptions;
import dev.ovenbird.app.roster.RosterAdmission;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Transport;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionCveTest {
  private static final LinkPath PATH =
      new LinkPath(Transport.UDP, 0, 0, 0, 0xffff_c000_0201L, 40000, 0, 0xffff_c000_0202L, 0);

  @TempDir Path folder;

  @Test
  void cve_2025_10680_names_with_shell_characters_are_refused_before_they_are_pushed()
      throws Exception {
    Path file = folder.resolve("config.json");
    for (String evil :
        new String[] {
          "a;reboot",
          "$(reboot)",
          "`id`",
          "a b",
          "a\nb",
          "a,b",
          "-rf",
          "a'b",
          "a\"b",
          "a|b",
          "a&b",
          "../x",
          "\u0000",
          "\u001b[2J",
          "ex\u00e4mple.com",
          ""
        }) {
      InstanceConfig.Push push =
          new InstanceConfig.Push(
              List.of(), List.of("10.96.0.10"), List.of(evil), InstanceConfig.DefaultRoute.None);
      TestInstance.write(file, TestInstance.config(folder, push, true));
      assertThatThrownBy(() -> ConfigFile.read(file))
          .as(evil)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("push.dnsDomains");
    }
  }

  @Test
  void cve_2026_63650_the_name_that_counts_is_the_clients_uid_and_no_other_field()
      throws Exception {
    InstanceConfig config = TestInstance.config(folder);
    RosterAdmission admission =
        new RosterAdmission(
            RosterIndex.of(
                Path.of("roster.json"),
                TestInstance.roster(
                    entry(ALICE, "alice", "a1", false, null), entry(BOB, "bob", "b1", false, null)),
                config),
            new PushOptions(config),
            () -> 1_800_000_100);
    // A certificate of bob's that calls itself alice, with alice's serial or with alice's key.
    assertThat(verdict(admission, "alice", "b1", BOB, ALICE)).isInstanceOf(Admission.Refused.class);
    assertThat(verdict(admission, "alice", "a1", BOB, BOB)).isInstanceOf(Admission.Refused.class);
    assertThat(verdict(admission, "alice", "b1", ALICE, ALICE))
        .isInstanceOf(Admission.Refused.class);
    // Its common name decides nothing.
    assertThat(verdict(admission, "root", "a1", ALICE, ALICE))
        .isInstanceOfSatisfying(
            Admission.Admitted.class, admitted -> assertThat(admitted.clientId()).isEqualTo(ALICE));
  }

  private static Admission.Verdict verdict(
      RosterAdmission admission, String name, String serial, String uriOf, String keyOf) {
    UUID cluster = UUID.fromString(CLUSTER);
    UUID client = UUID.fromString(keyOf);
    byte[] metadata =
        ByteBuffer.allocate(34)
            .put((byte) 0)
            .put((byte) 1)
            .putLong(cluster.getMostSignificantBits())
            .putLong(cluster.getLeastSignificantBits())
            .putLong(client.getMostSignificantBits())
            .putLong(client.getLeastSignificantBits())
            .array();
    PeerIdentity identity =
        new PeerIdentity(
            name,
            serial,
            List.of("urn:ovenbird:" + CLUSTER + ":" + uriOf),
            "00",
            Long.MAX_VALUE,
            metadata);
    return admission.admit(identity, PeerInfo.EMPTY, PATH);
  }
}
