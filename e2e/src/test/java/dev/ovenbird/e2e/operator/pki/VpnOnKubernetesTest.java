package dev.ovenbird.e2e.operator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.kubernetes.PodToken;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.process.EmbeddedOperator;
import dev.ovenbird.operator.reconcile.written.RosterMaps;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * From {@code kubectl apply} to a connected stock client: everything is the operator's, only that
 * agents are started by hand, with what their pods may read.
 */
class VpnOnKubernetesTest {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ofSeconds(60);

  private final PkiStage stage = new PkiStage();
  private final Path dir = TempFolder.create(stage.scope(), "ovenbird-on-kubernetes");
  private final Lab lab = Lab.create(stage.scope(), 2);
  private final Map<Integer, LocalAgent> agents = new TreeMap<>();
  private final FakeNodes nodes = FakeNodes.start(stage.scope(), stage.plane());
  private String node = "";
  private String uid = "";

  @BeforeEach
  void apply_a_cluster() {
    // The node's own setting, as on every Kubernetes node.
    lab.server().run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    node = nodes.add();
    AgentPods.mayRequest(stage, "show");
    EmbeddedOperator operator =
        stage.scope().add(new EmbeddedOperator(stage.unstarted(Clock.systemUTC())));
    operator.start();
    // While the operator is still there to let it go; nobody would retire on the node.
    stage.scope().add(this::deleteCluster);
    applyCluster("{}");
    uid =
        Objects.requireNonNull(
                stage
                    .client()
                    .resources(VpnCluster.class)
                    .inNamespace(stage.users())
                    .withName("office")
                    .get())
            .getMetadata()
            .getUid();
  }

  private void deleteCluster() {
    nodes.remove(node);
    stage.plane().deleteClusters(stage.users());
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private void applyCluster(String ca) {
    apply(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnCluster
        metadata: {name: office}
        spec:
          networkCIDRs: [10.88.0.0/16, "fd00:88::/64"]
          instances: {perNode: 2, nodeSelector: %s}
          listeners:
            - {name: udp, protocol: UDP, port: %d}
            - {name: tcp, protocol: TCP, port: %d}
          endpoints: {type: Hosts, hosts: [{node: "*", host: %s}]}
          push: {routes: [10.96.0.0/12, "fd00:96::/64"]}
          keepalive: {interval: 4s, timeout: 14s}
          pki: {ca: %s}
        """
            .formatted(
                LocalAgent.json(nodes.labels()),
                ClusterSpec.UDP_PORT,
                ClusterSpec.TCP_PORT,
                Lab.SERVER_IPV4,
                ca));
  }

  @Test
  void profile_from_its_secret_connects_and_suspension_cuts_it_off() throws Exception {
    applyClient("alice", "");
    startAgents();
    Path alice = profile("alice");
    OpenVpnClient client = OpenVpnClient.start(stage.scope(), lab.client(0), alice);
    client.awaitConnected(CONNECT);
    assertThat(Ping.answers(client.namespace(), Lab.SERVICE_IPV4)).isTrue();

    long patched = System.nanoTime();
    patch("vpnclient", "alice", "{\"spec\":{\"suspend\":true}}");
    int mark = client.log().mark();
    Roster without = awaitRoster(roster -> roster.clients().getFirst().suspended());
    double seconds = (System.nanoTime() - patched) / 1e9;
    agents.values().forEach(agent -> agent.replace(without));
    client.log().await("AUTH_FAILED", mark, CONNECT);
    System.out.printf(
        Locale.ROOT,
        "suspended: roster %.2f s after kubectl patch began, cut off after %.2f s%n",
        seconds,
        (System.nanoTime() - patched) / 1e9);
    assertThat(Ping.answers(client.namespace(), Lab.SERVICE_IPV4)).isFalse();
    client.close();

    patch("vpnclient", "alice", "{\"spec\":{\"suspend\":false}}");
    Roster again = awaitRoster(roster -> !roster.clients().getFirst().suspended());
    agents.values().forEach(agent -> agent.replace(again));
    OpenVpnClient.start(stage.scope(), lab.client(0), alice).awaitConnected(CONNECT);
  }

  @Test
  void persons_own_key_connects_with_a_profile_that_has_none() throws Exception {
    Path key = dir.resolve("bob.key");
    Path request = dir.resolve("bob.csr");
    Command.run(
        "openssl",
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=whatever",
        "-keyout",
        key.toString(),
        "-out",
        request.toString());
    applyClient("bob", "\n  csr: |\n" + Files.readString(request).indent(4));
    startAgents();
    Path bob = profile("bob");
    assertThat(Files.readString(bob))
        .doesNotContain("PRIVATE KEY")
        .doesNotContainPattern("(?m)^<key>");
    OpenVpnClient client =
        OpenVpnClient.start(stage.scope(), lab.client(1), bob, "--key", key.toString());
    client.awaitConnected(CONNECT);
    assertThat(Ping.answers(client.namespace(), Lab.SERVICE_IPV4)).isTrue();
  }

  @Test
  void old_and_new_profiles_work_with_old_and_new_instances_while_authorities_overlap()
      throws Exception {
    applyClient("alice", "");
    startAgents();
    Profile before = Profile.read(profile("alice"));
    applyCluster("{generation: 2}");
    Await.until(
        "a profile with both authorities",
        SOON,
        () -> Profile.read(profile("alice")),
        profile -> profile.block("ca").split("BEGIN").length == 3);
    Profile after = Profile.read(profile("alice"));
    assertThat(after.block("cert")).isNotEqualTo(before.block("cert"));
    Roster both = awaitRoster(roster -> roster.clients().getFirst().serials().size() == 2);
    agents.values().forEach(agent -> agent.replace(both));
    Await.until(
        "both authorities among the keys",
        SOON,
        () -> text(keys(), "client-cas.pem"),
        cas -> cas.split("BEGIN").length == 3);
    // Lane 0 gets the authorities and keeps its certificate; lane 1 asks for a new one.
    LocalAgent.Secrets renewed = secrets(1);
    assertThat(renewed.chain().split("BEGIN")).hasSize(3);
    Objects.requireNonNull(agents.get(1)).replace(renewed);
    LocalAgent lane0 = Objects.requireNonNull(agents.get(0));
    lane0.replace(lane0.secrets().withClientCas(renewed.clientCas()));
    for (Profile profile : List.of(before, after)) {
      for (int lane = 0; lane <= 1; lane++) {
        Path file =
            profile
                .with(new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + lane, "udp"))
                .write(dir.resolve("rotated.ovpn"));
        try (OpenVpnClient client = OpenVpnClient.start(stage.scope(), lab.client(0), file)) {
          client.awaitConnected(CONNECT);
        }
      }
    }
    applyCluster("{generation: 2, oldestGeneration: 2}");
    // Lane 0 still has a certificate of the old one, which stays until it has another.
    lane0.replace(secrets(0));
    Await.until(
        "the new authority alone",
        SOON,
        () -> text(keys(), "client-cas.pem"),
        cas -> cas.split("BEGIN").length == 2);
    Objects.requireNonNull(agents.get(1))
        .replace(renewed.withClientCas(text(keys(), "client-cas.pem")));
    Path file =
        before
            .with(new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + 1, "udp"))
            .write(dir.resolve("retired.ovpn"));
    try (OpenVpnClient client =
        OpenVpnClient.start(stage.scope(), lab.client(0), file, "--hand-window", "8")) {
      client.log().await("TLS handshake failed", CONNECT);
      assertThat(client.connections()).isZero();
    }
    Path last =
        Profile.read(profile("alice"))
            .with(new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + 1, "udp"))
            .write(dir.resolve("last.ovpn"));
    OpenVpnClient.start(stage.scope(), lab.client(0), last).awaitConnected(CONNECT);
  }

  /** {@code kubectl get secret NAME-profile -o jsonpath='{.data.client\.ovpn}' | base64 -d}. */
  private Path profile(String client) throws Exception {
    String base64 =
        Await.until(
                "profile of " + client,
                SOON,
                () ->
                    stage
                        .plane()
                        .kubectl(
                            "get",
                            "secret",
                            client + "-profile",
                            "-n",
                            stage.users(),
                            "-o",
                            "jsonpath={.data.client\\.ovpn}"),
                result -> result.status() == 0 && !result.output().isBlank())
            .output();
    return Files.write(dir.resolve(client + ".ovpn"), Base64.getDecoder().decode(base64.strip()));
  }

  private void startAgents() throws Exception {
    Roster roster = awaitRoster(one -> !one.clients().getFirst().serials().isEmpty());
    for (int lane = 0; lane < 2; lane++) {
      ConfigMap config =
          Await.until(
                  "configuration",
                  SOON,
                  () ->
                      configMaps(
                          List.of(ObjectNames.of(uid).config(0), ObjectNames.of(uid).config(1))),
                  found -> found.size() == 2)
              .get(lane);
      agents.put(
          lane,
          LocalAgent.start(
              stage.scope(),
              lab.server(),
              dir,
              LocalAgent.parse(
                  String.valueOf(config.getData().get("instance.json")), InstanceConfig.class),
              node,
              secrets(lane),
              roster));
    }
  }

  /**
   * As an agent in its pod: its own key, a certificate by the CSR API, the rest from the Secret.
   */
  private LocalAgent.Secrets secrets(int lane) throws Exception {
    Pod pod =
        Await.until(
                "pod of lane " + lane,
                SOON,
                () ->
                    stage
                        .client()
                        .pods()
                        .inNamespace(stage.settings().agentsNamespace())
                        .withLabel(Marks.CLUSTER_UID, uid)
                        .withLabel(Marks.LANE, Integer.toString(lane))
                        .list()
                        .getItems(),
                pods -> pods.size() == 1 && node.equals(pods.getFirst().getSpec().getNodeName()))
            .getFirst();
    InstanceRequest request = InstanceRequest.of(uid, node, lane);
    String name;
    try (KubernetesClient agent = stage.withToken(PodToken.of(stage.client(), pod))) {
      name = request.create(agent);
    }
    CertificateSigningRequest signed =
        Await.until(
            "certificate of lane " + lane,
            SOON,
            () ->
                stage
                    .client()
                    .certificates()
                    .v1()
                    .certificateSigningRequests()
                    .withName(name)
                    .get(),
            one -> one.getStatus() != null && one.getStatus().getCertificate() != null);
    Secret keys = keys();
    return new LocalAgent.Secrets(
        decoded(signed.getStatus().getCertificate()),
        Pem.of(request.keys().getPrivate()),
        text(keys, "client-cas.pem"),
        text(keys, "tls-crypt-v2.keys"));
  }

  private Secret keys() {
    return Objects.requireNonNull(
        stage
            .client()
            .secrets()
            .inNamespace(stage.settings().agentsNamespace())
            .withName(ObjectNames.of(uid).serverKeys())
            .get());
  }

  /** All shards as one, as soon as it has a client and pleases. */
  private Roster awaitRoster(Predicate<Roster> wanted) {
    List<String> names = new ArrayList<>();
    for (int shard = 0; shard < 16; shard++) {
      names.add(ObjectNames.of(uid).roster(shard));
    }
    return Await.until(
        "roster",
        SOON,
        () -> merged(configMaps(names)),
        roster -> !roster.clients().isEmpty() && wanted.test(roster));
  }

  private Roster merged(List<ConfigMap> shards) {
    List<Roster> rosters =
        shards.stream().map(RosterMaps::roster).filter(Objects::nonNull).toList();
    return new Roster(
        uid,
        System.currentTimeMillis(),
        rosters.stream().mapToLong(Roster::renderedAtSeconds).min().orElse(0),
        rosters.stream().flatMap(roster -> roster.clients().stream()).toList());
  }

  private List<ConfigMap> configMaps(List<String> names) {
    List<ConfigMap> found = new ArrayList<>();
    for (ConfigMap map :
        stage
            .client()
            .configMaps()
            .inNamespace(stage.settings().agentsNamespace())
            .list()
            .getItems()) {
      if (names.contains(map.getMetadata().getName())) {
        found.add(map);
      }
    }
    return found;
  }

  private void applyClient(String name, String more) {
    apply(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnClient
        metadata: {name: %s}
        spec:
          clusterRef: {name: office}%s
        """
            .formatted(name, more));
  }

  private void apply(String yaml) {
    Command.Result result = stage.plane().apply(yaml, "-n", stage.users());
    assertThat(result.status()).as(result.output()).isZero();
  }

  private void patch(String kind, String name, String patch) {
    Command.Result result =
        stage
            .plane()
            .kubectl("patch", kind, name, "-n", stage.users(), "--type=merge", "-p", patch);
    assertThat(result.status()).as(result.output()).isZero();
  }

  private static String text(Secret secret, String key) {
    return decoded(Objects.requireNonNull(secret.getData().get(key), key));
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
