package dev.ovenbird.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.TestCredentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenewalTest {
  @TempDir Path folder;

  private record Made(Identity identity, X509Certificate authority) {}

  private Made make() throws Exception {
    TestCredentials.write(folder);
    String pem =
        Files.readString(folder.resolve("chain.pem")) + Files.readString(folder.resolve("key.pem"));
    X509Certificate authority =
        Identity.certificates(Files.readString(folder.resolve("cas.pem"))).getFirst();
    return new Made(Identity.parse(pem), authority);
  }

  @Test
  void it_is_due_at_two_thirds_of_its_life_and_spread_a_little() {
    Instant begin = Instant.parse("2026-01-01T00:00:00Z");
    Instant end = begin.plus(Duration.ofDays(90));
    assertThat(Renewal.due(begin, end, 0)).isEqualTo(begin.plus(Duration.ofDays(60)));
    assertThat(Renewal.due(begin, end, 1))
        .isAfter(begin.plus(Duration.ofDays(61)))
        .isBefore(begin.plus(Duration.ofDays(62)));
  }

  @Test
  void a_newer_authority_outdates_it_and_an_older_view_does_not() throws Exception {
    Made old = make();
    Made other = make();
    List<X509Certificate> both = List.of(other.authority(), old.authority());
    assertThat(Renewal.isOutdated(old.identity(), List.of(), null)).isFalse();
    assertThat(Renewal.isOutdated(old.identity(), List.of(old.authority()), null)).isFalse();
    assertThat(Renewal.isOutdated(old.identity(), both, null)).isTrue();
    // The operator signed with the old one once more: asked for again.
    assertThat(Renewal.isOutdated(old.identity(), both, both)).isTrue();
    // Its own is gone.
    assertThat(Renewal.isOutdated(old.identity(), List.of(other.authority()), both)).isTrue();
    // It is of one that is not known here yet.
    List<X509Certificate> behind = List.of(old.authority());
    assertThat(Renewal.isOutdated(other.identity(), behind, behind)).isFalse();
    assertThat(Renewal.isOutdated(other.identity(), behind, null)).isTrue();
  }

  @Test
  void an_identity_survives_its_file_and_is_for_its_instance_alone() throws Exception {
    Identity identity = make().identity();
    Identity read = Identity.parse(identity.pem());
    assertThat(read.chain()).isEqualTo(identity.chain());
    assertThat(read.isFor(identity.leaf().getPublicKey())).isTrue();
    assertThat(read.isOf("urn:ovenbird:other:instance:node1:0", Instant.now())).isFalse();
    assertThat(read.toString()).doesNotContain("PRIVATE");
  }
}
