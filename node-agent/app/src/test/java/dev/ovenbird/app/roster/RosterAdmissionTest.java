package dev.ovenbird.app.roster;

import static dev.ovenbird.app.TestInstance.ALICE;
import static dev.ovenbird.app.TestInstance.BOB;
import static dev.ovenbird.app.TestInstance.CLUSTER;
import static dev.ovenbird.app.TestInstance.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.TestInstance;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RosterAdmissionTest {
  private static final long NOW = 1_800_000_100;
  private static final String OTHER = "cccccccc-0000-4000-8000-000000000000";
  private static final LinkPath PATH =
      new LinkPath(Transport.UDP, 0, 0, 0, 0xffff_c000_0201L, 40000, 0, 0xffff_c000_0202L, 0);
  private static final PeerInfo OLD_CLIENT = PeerInfo.parse("IV_PROTO=6\n");
  private static final PeerInfo NEW_CLIENT = PeerInfo.parse("IV_PROTO=990\n");

  private final InstanceConfig config = TestInstance.config(Path.of("/nowhere"));

  private RosterAdmission admission(Roster.Entry... entries) throws ConfigException {
    return new RosterAdmission(
        index(TestInstance.roster(entries)), new PushOptions(config), () -> NOW);
  }

  private RosterIndex index(Roster roster) throws ConfigException {
    return RosterIndex.of(Path.of("roster.json"), roster, config);
  }

  private static byte[] metadata(String cluster, String client) {
    UUID first = UUID.fromString(cluster);
    UUID second = UUID.fromString(client);
    return ByteBuffer.allocate(34)
        .put((byte) 0)
        .put((byte) 1)
        .putLong(first.getMostSignificantBits())
        .putLong(first.getLeastSignificantBits())
        .putLong(second.getMostSignificantBits())
        .putLong(second.getLeastSignificantBits())
        .array();
  }

  private static String uri(String client) {
    return "urn:ovenbird:" + CLUSTER + ":" + client;
  }

  private static PeerIdentity identity(byte @Nullable [] metadata, String serial, String... uris) {
    return new PeerIdentity("alice", serial, List.of(uris), "00", Long.MAX_VALUE, metadata);
  }

  private static PeerIdentity alice() {
    return identity(metadata(CLUSTER, ALICE), "a1", uri(ALICE));
  }

  @Test
  void only_keys_of_listed_clients_of_this_cluster_are_known() throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", false, null));
    byte[] good = metadata(CLUSTER, ALICE);
    assertThat(admission.isKnown(good)).isTrue();
    assertThat(admission.isKnown(metadata(CLUSTER, BOB))).isFalse();
    assertThat(admission.isKnown(metadata(OTHER, ALICE))).isFalse();
    assertThat(admission.isKnown(new byte[0])).isFalse();
    assertThat(admission.isKnown(java.util.Arrays.copyOf(good, 33))).isFalse();
    assertThat(admission.isKnown(java.util.Arrays.copyOf(good, 35))).isFalse();
    byte[] timestamp = good.clone();
    timestamp[0] = 1;
    assertThat(admission.isKnown(timestamp)).isFalse();
    byte[] version = good.clone();
    version[1] = 2;
    assertThat(admission.isKnown(version)).isFalse();
  }

  @Test
  void a_suspended_client_is_known_so_that_it_can_be_told() throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", true, null));
    assertThat(admission.isKnown(metadata(CLUSTER, ALICE))).isTrue();
  }

  @Test
  void a_listed_client_is_admitted_with_its_addresses() throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", false, NOW + 1));
    Admission.Verdict verdict = admission.admit(alice(), NEW_CLIENT, PATH);
    assertThat(verdict).isInstanceOf(Admission.Admitted.class);
    Admission.Admitted admitted = (Admission.Admitted) verdict;
    assertThat(admitted.clientId()).isEqualTo(ALICE);
    assertThat(admitted.addresses()).hasSize(2);
    assertThat(admitted.addresses().get(0)).containsExactly(10, 88, 0, 10);
    assertThat(admitted.push()).contains("ifconfig 10.88.0.10 255.255.0.0");
  }

  static Stream<Arguments> refusals() {
    Roster.Entry good = entry(ALICE, "alice", "a1", false, null);
    return Stream.of(
        Arguments.of(good, identity(new byte[0], "a1", uri(ALICE)), "another cluster"),
        Arguments.of(good, identity(metadata(OTHER, ALICE), "a1", uri(ALICE)), "another cluster"),
        Arguments.of(good, identity(metadata(CLUSTER, ALICE), "a1"), "not of one client"),
        Arguments.of(good, identity(metadata(CLUSTER, ALICE), "a1", uri(BOB)), "not of one client"),
        Arguments.of(
            good,
            identity(metadata(CLUSTER, ALICE), "a1", uri(ALICE), uri(BOB)),
            "not of one client"),
        Arguments.of(
            good,
            identity(metadata(CLUSTER, ALICE), "a1", "urn:ovenbird:" + OTHER + ":" + ALICE),
            "not of one client"),
        Arguments.of(good, identity(metadata(CLUSTER, BOB), "a1", uri(BOB)), "access removed"),
        Arguments.of(good, identity(metadata(CLUSTER, ALICE), "a2", uri(ALICE)), "replaced"),
        Arguments.of(entry(ALICE, "alice", "a1", true, null), alice(), "access suspended"),
        Arguments.of(entry(ALICE, "alice", "a1", false, NOW), alice(), "access ended"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void all_others_are_refused_in_words(Roster.Entry entry, PeerIdentity identity, String words)
      throws ConfigException {
    Admission.Verdict verdict = admission(entry).admit(identity, NEW_CLIENT, PATH);
    assertThat(verdict).isInstanceOf(Admission.Refused.class);
    assertThat(((Admission.Refused) verdict).reason())
        .contains(words)
        .doesNotContain(",")
        .doesNotStartWith("TEMP");
  }

  @Test
  void a_legacy_profile_is_admitted_by_its_certificate_where_they_are_enabled()
      throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", false, null));
    PeerIdentity legacy = identity(null, "a1", uri(ALICE));
    assertThat(reason(admission, legacy)).contains("legacy profiles are disabled");
    admission.acceptLegacyProfiles(true);
    assertThat(((Admission.Admitted) admission.admit(legacy, OLD_CLIENT, PATH)).clientId())
        .isEqualTo(ALICE);
    assertThat(reason(admission, identity(null, "a2", uri(ALICE)))).contains("replaced");
    assertThat(reason(admission, identity(null, "a1", uri(BOB)))).contains("access removed");
    for (String[] names :
        List.of(
            new String[0],
            new String[] {uri(ALICE), uri(BOB)},
            new String[] {uri(ALICE), uri(ALICE)},
            new String[] {"urn:ovenbird:" + OTHER + ":" + ALICE},
            new String[] {uri(ALICE).toUpperCase(java.util.Locale.ROOT)},
            new String[] {"urn:ovenbird:" + CLUSTER + ":"},
            new String[] {"urn:ovenbird:" + "1-1-1-1-1:".repeat(8)})) {
      assertThat(reason(admission, identity(null, "a1", names))).contains("another cluster");
    }
    admission.acceptLegacyProfiles(false);
    assertThat(reason(admission, legacy)).contains("legacy profiles are disabled");
  }

  /** Whoever has a wrapped key is bound by it: leaving its metadata empty is no way around. */
  @Test
  void enabled_legacy_profiles_change_nothing_for_those_with_a_wrapped_key()
      throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", false, null));
    admission.acceptLegacyProfiles(true);
    assertThat(admission.isKnown(new byte[0])).isFalse();
    assertThat(reason(admission, identity(new byte[0], "a1", uri(ALICE))))
        .contains("another cluster");
    assertThat(reason(admission, identity(metadata(CLUSTER, BOB), "a1", uri(ALICE))))
        .contains("not of one client");
  }

  private static String reason(RosterAdmission admission, PeerIdentity identity) {
    return ((Admission.Refused) admission.admit(identity, OLD_CLIENT, PATH)).reason();
  }

  @Test
  void a_new_roster_decides_at_once() throws ConfigException {
    RosterAdmission admission = admission(entry(ALICE, "alice", "a1", false, null));
    admission.replaceRoster(index(TestInstance.roster(entry(BOB, "bob", "b1", false, null))));
    assertThat(admission.isKnown(metadata(CLUSTER, ALICE))).isFalse();
    assertThat(admission.admit(alice(), NEW_CLIENT, PATH)).isInstanceOf(Admission.Refused.class);
  }

  @Test
  void what_is_behind_a_client_is_what_the_newest_roster_says() throws ConfigException {
    Roster.Entry router =
        new Roster.Entry(
            ALICE,
            "alice",
            List.of("a1"),
            List.of("10.88.0.10"),
            false,
            null,
            List.of("192.168.50.0/24", "fd00:50::/64", "192.168.50.0/24"));
    RosterAdmission admission = admission(router);
    assertThat(admission.of(ALICE))
        .containsExactly(Cidr.parse("192.168.50.0/24"), Cidr.parse("fd00:50::/64"));
    assertThat(admission.of(BOB)).isEmpty();
    assertThat(admission.of("nobody")).isEmpty();
    admission.replaceRoster(index(TestInstance.roster(entry(ALICE, "alice", "a1", false, null))));
    assertThat(admission.of(ALICE)).isEmpty();
  }

  @Test
  void an_old_roster_keeps_the_connected_and_admits_nobody_else() throws ConfigException {
    RosterAdmission admission =
        admission(entry(ALICE, "alice", "a1", false, null), entry(BOB, "bob", "b1", false, null));
    PeerIdentity bob = identity(metadata(CLUSTER, BOB), "b1", uri(BOB));
    admission.freeze(Set.of(ALICE));
    assertThat(admission.admit(alice(), OLD_CLIENT, PATH)).isInstanceOf(Admission.Admitted.class);
    assertThat(((Admission.Refused) admission.admit(bob, OLD_CLIENT, PATH)).reason())
        .isEqualTo("the list of clients is out of date: try again later");
    assertThat(((Admission.Refused) admission.admit(bob, NEW_CLIENT, PATH)).reason())
        .startsWith("TEMP[backoff 30,advance remote]:");
    admission.thaw();
    assertThat(admission.admit(bob, OLD_CLIENT, PATH)).isInstanceOf(Admission.Admitted.class);
  }
}
