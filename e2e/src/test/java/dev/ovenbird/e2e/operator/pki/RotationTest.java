package dev.ovenbird.e2e.operator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.operator.issue.AuthorityGenerations;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Credentials;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.plan.ClusterPlan;
import dev.ovenbird.operator.plan.ClusterState;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.InstanceLayout;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.profile.ClientProfile;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The overlap of two authorities, and of two server keys, seen by stock clients. */
class RotationTest {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Pki.PrivateKey RSA = new Pki.PrivateKey(Pki.KeyAlgorithm.RSA, 2048);
  private static final Pki.PrivateKey EC = new Pki.PrivateKey(Pki.KeyAlgorithm.ECDSA, 256);
  private static final String NODE = "node";

  private final SecureRandom random = new SecureRandom();
  private final Instant now = Instant.now();
  private final String clusterUid = UUID.randomUUID().toString();
  private final String aliceUid = UUID.randomUUID().toString();

  /** Kinds of the old authority's key and the new one's. */
  enum Keys {
    EC_TO_EC(EC, EC),
    RSA_TO_EC(RSA, EC),
    EC_TO_RSA(EC, RSA);

    final Pki.PrivateKey before;
    final Pki.PrivateKey after;

    Keys(Pki.PrivateKey before, Pki.PrivateKey after) {
      this.before = before;
      this.after = after;
    }
  }

  private static final InstanceLayout NO_LAYOUT =
      new InstanceLayout() {
        @Override
        public InstanceConfig.Files files(InstanceId instance) {
          return new InstanceConfig.Files("", "", "", "", "");
        }

        @Override
        public String users(String secret) {
          return "";
        }

        @Override
        public @Nullable String controlSocket(InstanceId instance) {
          return null;
        }

        @Override
        public @Nullable String httpAddress(InstanceId instance) {
          return null;
        }
      };

  @ParameterizedTest
  @EnumSource
  void old_and_new_profiles_work_with_old_and_new_servers_until_the_old_authority_is_retired(
      Keys keys) throws Exception {
    AuthorityGenerations first =
        AuthorityGenerations.first(
            1, CertificateAuthority.generate(clusterUid, keys.before, random, now), 1, random);
    AuthorityGenerations both =
        first.with(CertificateAuthority.generate(clusterUid, 2, keys.after, random, now), now);
    IssuedCluster old = first.issued();
    IssuedCluster overlap = both.issued();
    IssuedCluster after = both.from(2).issued();
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-rotation");
      Lab lab = Lab.create(scope, 1);
      Credentials oldAlice = alice(old, keys.before);
      Credentials newAlice = alice(overlap, keys.after);
      ClusterPlan plan = plan(List.of(newAlice.serial(), oldAlice.serial()));
      Roster roster = new Roster(clusterUid, 1, now.getEpochSecond(), plan.clients());
      // Lane 0 still has the certificate of before, lane 1 was renewed; both know both authorities.
      LocalAgent.Secrets oldServer = server(old, overlap, keys.before, 0);
      LocalAgent.Secrets newServer = server(overlap, overlap, keys.after, 1);
      start(scope, lab, dir, plan, 0, oldServer, roster);
      LocalAgent renewed = start(scope, lab, dir, plan, 1, newServer, roster);
      Profile oldProfile = profile(old, oldAlice);
      Profile newProfile = profile(overlap, newAlice);
      assertThat(oldProfile.block("ca").split("BEGIN")).hasSize(2);
      assertThat(newProfile.block("ca").split("BEGIN")).hasSize(3);

      for (Profile profile : List.of(oldProfile, newProfile)) {
        for (int lane = 0; lane <= 1; lane++) {
          try (OpenVpnClient client = connect(scope, lab, dir, profile, lane)) {
            client.awaitConnected(CONNECT);
            assertThat(Ping.answers(client.namespace(), "10.88.0.1")).isTrue();
          }
        }
      }

      // oldestGeneration is raised.
      renewed.replace(
          new LocalAgent.Secrets(
              newServer.chain(), newServer.key(), pem(after.trusted()), newServer.serverKeys()));
      try (OpenVpnClient client = connect(scope, lab, dir, oldProfile, 1)) {
        client.log().await("TLS handshake failed", CONNECT);
        assertThat(client.connections()).isZero();
      }
      Profile last = profile(after, newAlice);
      try (OpenVpnClient client = connect(scope, lab, dir, last, 1)) {
        client.awaitConnected(CONNECT);
      }
      try (OpenVpnClient client = connect(scope, lab, dir, last, 0)) {
        client.log().await("certificate verify failed", CONNECT);
        assertThat(client.connections()).isZero();
      }
    }
  }

  @Test
  void a_profile_of_a_server_key_works_where_that_is_held_and_has_no_answer_elsewhere()
      throws Exception {
    AuthorityGenerations first =
        AuthorityGenerations.first(
            1, CertificateAuthority.generate(clusterUid, EC, random, now), 1, random);
    AuthorityGenerations both = first.withServerKeys(2, random);
    IssuedCluster old = first.issued();
    IssuedCluster overlap = both.issued();
    IssuedCluster after = both.fromServerKey(2).issued();
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-rotation");
      Lab lab = Lab.create(scope, 1);
      Credentials alice = alice(old, EC);
      ClusterPlan plan = plan(List.of(alice.serial()));
      Roster roster = new Roster(clusterUid, 1, now.getEpochSecond(), plan.clients());
      // Lane 0 has not heard of the new key yet.
      LocalAgent.Secrets behind = server(old, old, EC, 0);
      LocalAgent.Secrets ahead = server(overlap, overlap, EC, 1);
      LocalAgent late = start(scope, lab, dir, plan, 0, behind, roster);
      LocalAgent early = start(scope, lab, dir, plan, 1, ahead, roster);
      Profile oldProfile = profile(old, alice);
      Profile newProfile = profile(overlap, alice);
      connects(scope, lab, dir, oldProfile, 0);
      connects(scope, lab, dir, oldProfile, 1);
      connects(scope, lab, dir, newProfile, 1);
      hasNoAnswer(scope, lab, dir, newProfile, 0); // For this the operator waits.
      late.replace(behind.withServerKeys(ahead.serverKeys()));
      connects(scope, lab, dir, newProfile, 0);
      connects(scope, lab, dir, oldProfile, 0);

      // oldestGeneration is raised while somebody is connected with an old profile.
      try (OpenVpnClient client =
          connect(scope, lab, dir, oldProfile, 1, "--reneg-sec", "3", "--verb", "4")) {
        client.awaitConnected(CONNECT);
        early.replace(ahead.withServerKeys(text(after)));
        int mark = client.log().mark();
        client.log().await("TLS: soft reset", mark, CONNECT);
        client.log().await("Incoming Data Channel", mark, CONNECT);
        assertThat(Ping.answers(client.namespace(), "10.88.0.1")).isTrue();
        assertThat(client.connections()).isEqualTo(1);
      }
      hasNoAnswer(scope, lab, dir, oldProfile, 1);
      connects(scope, lab, dir, newProfile, 1);
    }
  }

  private static void connects(Scope scope, Lab lab, Path dir, Profile profile, int lane) {
    try (OpenVpnClient client = connect(scope, lab, dir, profile, lane)) {
      client.awaitConnected(CONNECT);
      assertThat(Ping.answers(client.namespace(), "10.88.0.1")).isTrue();
    }
  }

  /** Not a packet: the client would name the first. */
  private static void hasNoAnswer(Scope scope, Lab lab, Path dir, Profile profile, int lane) {
    try (OpenVpnClient client = connect(scope, lab, dir, profile, lane)) {
      client
          .log()
          .await(
              line ->
                  line.contains("TLS key negotiation failed")
                      || line.contains("Server poll timeout"),
              "an end of waiting",
              0,
              CONNECT);
      assertThat(client.log().count("Initial packet from")).as(client.tail()).isZero();
      assertThat(client.connections()).isZero();
    }
  }

  private static String text(IssuedCluster issued) {
    return LocalAgent.together(issued.serverKeys().stream().map(ServerKey::text).toList());
  }

  private Credentials alice(IssuedCluster issued, Pki.PrivateKey kind) {
    return issued.authority().issueClient("alice", aliceUid, kind, Duration.ofDays(3650), now);
  }

  private static ResolvedCluster cluster() throws Exception {
    return ResourceFile.parse("office.yaml", new ClusterSpec().client("alice").yaml());
  }

  private ClusterPlan plan(List<String> serials) throws Exception {
    ResolvedCluster cluster = cluster();
    ClusterState state =
        new ClusterState(
            clusterUid,
            cluster.networks().cidrs(),
            Map.of(
                "alice",
                new ClusterState.ClientState(
                    aliceUid, List.of("10.88.0.2", "fd00:88::2"), serials)));
    return Planner.plan(cluster, state, List.of(new Node(NODE, List.of(), List.of())), NO_LAYOUT);
  }

  /** An instance's files: its certificate of one time, what it believes of another. */
  private LocalAgent.Secrets server(
      IssuedCluster own, IssuedCluster believed, Pki.PrivateKey kind, int lane) {
    Credentials leaf = own.authority().issueInstance(new InstanceId(NODE, lane), kind, now);
    return new LocalAgent.Secrets(
        Pem.of(leaf.certificate()) + pem(own.crossCertificates()),
        Pem.of(leaf.privateKey()),
        pem(believed.trusted()),
        text(believed));
  }

  private LocalAgent start(
      Scope scope,
      Lab lab,
      Path dir,
      ClusterPlan plan,
      int lane,
      LocalAgent.Secrets secrets,
      Roster roster) {
    return LocalAgent.start(
        scope, lab.server(), dir, plan.instances().get(lane).config(), NODE, secrets, roster);
  }

  private Profile profile(IssuedCluster issued, Credentials credentials) throws Exception {
    return new Profile(
        ClientProfile.render(
            new ClientProfile.Content(
                "office",
                clusterUid,
                "alice",
                List.of(),
                cluster().spec().tls(),
                pem(issued.trusted()),
                Pem.of(credentials.certificate()),
                Pem.of(credentials.privateKey()),
                ClientKeys.issue(
                        TlsCryptV2ServerKey.parse(issued.serverKeys().getFirst().pem()),
                        clusterUid,
                        aliceUid,
                        random)
                    .toPem())));
  }

  private static OpenVpnClient connect(
      Scope scope, Lab lab, Path dir, Profile profile, int lane, String... more) {
    List<String> options = new ArrayList<>(List.of("--hand-window", "8"));
    options.addAll(List.of(more));
    Path file =
        profile
            .with(new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + lane, "udp"))
            .write(dir.resolve("alice.ovpn"));
    return OpenVpnClient.start(scope, lab.client(0), file, options.toArray(String[]::new));
  }

  private static String pem(List<X509Certificate> certificates) {
    return LocalAgent.together(certificates.stream().map(Pem::of).toList());
  }
}
