package dev.ovenbird.app.roster;

import static dev.ovenbird.app.TestInstance.ALICE;
import static dev.ovenbird.app.TestInstance.BOB;
import static dev.ovenbird.app.TestInstance.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.TestInstance;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RosterIndexTest {
  private static final Path FILE = Path.of("/run/roster.json");

  private final InstanceConfig config = TestInstance.config(Path.of("/nowhere"));

  private RosterIndex index(Roster.Entry... entries) throws ConfigException {
    return RosterIndex.of(FILE, TestInstance.roster(entries), config);
  }

  private static Roster.Entry with(String uid, String serial, String... addresses) {
    return new Roster.Entry(uid, "alice", List.of(serial), List.of(addresses), false, null);
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of(with("alice", "a1", "10.88.0.10"), "UUID"),
        Arguments.of(with(ALICE.replace('1', 'A'), "a1", "10.88.0.10"), "UUID"),
        Arguments.of(with(ALICE, "A1", "10.88.0.10"), "serial"),
        Arguments.of(with(ALICE, "01", "10.88.0.10"), "serial"),
        Arguments.of(with(ALICE, "a1"), "addresses"),
        Arguments.of(with(ALICE, "a1", "10.89.0.10"), "network's"),
        Arguments.of(with(ALICE, "a1", "10.88.0.0/24"), "network's"),
        Arguments.of(with(ALICE, "a1", "fd00:88::10"), "addresses"),
        Arguments.of(with(ALICE, "a1", "10.88.0.10", "10.88.0.12"), "addresses"),
        Arguments.of(with(ALICE, "a1", "10.88.0.11"), "another client's"),
        Arguments.of(with(BOB, "a1", "10.88.0.10"), "twice"),
        Arguments.of(with(ALICE, "a1", "host.example"), "IP address"),
        Arguments.of(
            new Roster.Entry(
                ALICE,
                "alice",
                List.of("a1"),
                List.of("10.88.0.10"),
                false,
                null,
                List.of("behind")),
            "CIDR"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void a_bad_entry_spoils_the_whole_roster_and_is_named(Roster.Entry entry, String words) {
    assertThatThrownBy(() -> index(entry(BOB, "bob", "b1", false, null), entry))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(FILE + ": client alice (" + entry.uid() + "): ")
        .hasMessageContaining(words);
  }

  @Test
  void a_roster_of_another_cluster_is_refused() {
    Roster other = new Roster(BOB, 1, 1, List.of());
    assertThatThrownBy(() -> RosterIndex.of(FILE, other, config))
        .hasMessageContaining("clusterUid");
  }

  @Test
  void the_next_end_of_access_is_found() throws ConfigException {
    RosterIndex index =
        index(entry(ALICE, "alice", "a1", false, 100L), entry(BOB, "bob", "b1", false, 200L));
    assertThat(index.nextEndSeconds(99)).isEqualTo(100);
    assertThat(index.nextEndSeconds(100)).isEqualTo(200);
    assertThat(index.nextEndSeconds(200)).isEqualTo(Long.MAX_VALUE);
  }
}
