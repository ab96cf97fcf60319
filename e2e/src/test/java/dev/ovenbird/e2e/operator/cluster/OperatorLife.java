package dev.ovenbird.e2e.operator.cluster;

import static dev.ovenbird.e2e.operator.cluster.ClusterStage.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.PodToken;
import dev.ovenbird.e2e.operator.pki.InstanceRequest;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.kubernetes.DnsEndpoint;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** All that an operator keeps, from creation to the end, with the rights of its own YAML. */
final class OperatorLife implements AutoCloseable {
  private static final String CRD = "/dev/ovenbird/e2e/operator/dnsendpoints.yaml";
  private static final String DNS_ENDPOINTS =
      "/apis/externaldns.k8s.io/v1alpha1/dnsendpoints?limit=1";

  private final Scope scope = new Scope();
  private final ControlPlane plane = ControlPlane.shared();
  private final KubernetesClient admin = plane.client();
  private final ClusterStage stage;
  private final FakeNodes nodes;
  private final String namespace;

  /** Reasons of all conditions that were False at any time: {@code VpnCluster Ready Retiring}. */
  private final Set<String> objections = ConcurrentHashMap.newKeySet();

  /** What was deleted: {@code VpnCluster office}. */
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  private final List<PolicyRule> agentsRules = new ArrayList<>();

  OperatorLife(KubernetesClient operatorsClient) {
    admin
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName("dnsendpoints.externaldns.k8s.io")
        .delete();
    Await.until("no DNSEndpoints", SOON, () -> admin.raw(DNS_ENDPOINTS) == null, it -> it);
    stage =
        scope.add(
            ClusterStage.in(
                OperatorInstallation.OPERATOR_NAMESPACE,
                OperatorInstallation.AGENTS_NAMESPACE,
                operatorsClient));
    nodes = FakeNodes.start(scope, plane);
    namespace = stage.namespace(scope);
    ResourceEventHandler<VpnCluster> clusters =
        seen(one -> one.getStatus() == null ? List.of() : one.getStatus().conditions());
    scope.add(admin.resources(VpnCluster.class).inNamespace(namespace).inform(clusters));
    ResourceEventHandler<VpnClient> clients =
        seen(one -> one.getStatus() == null ? List.of() : one.getStatus().conditions());
    scope.add(admin.resources(VpnClient.class).inNamespace(namespace).inform(clients));
  }

  Set<String> objections() {
    return new TreeSet<>(objections);
  }

  /** What the operator gives to agents. */
  List<PolicyRule> agentsRules() {
    return List.copyOf(agentsRules);
  }

  String namespace() {
    return namespace;
  }

  /** Lives it; whatever is not as it should be at its time is an error. */
  void live() throws Exception {
    String node = nodes.add();
    String other = nodes.add();
    VpnCluster cluster =
        stage.create(
            namespace,
            "office",
            nodes,
            2,
            "endpoints: {type: DNS, dns: {domain: vpn.example.com, records: DNSEndpoint, slots:"
                + " 2}}");
    names(cluster);
    agentsRules.addAll(
        admin
            .rbac()
            .roles()
            .inNamespace(stage.agents)
            .withName(ClusterStage.names(cluster).agents())
            .get()
            .getRules());
    clients(cluster);
    authorities(cluster, node);
    aNodeLeaves(cluster, other);
    ends(cluster);
  }

  /** Without external-dns' CRD a hint, with it the records. */
  private void names(VpnCluster cluster) throws Exception {
    VpnCluster said =
        stage.awaitCondition(cluster, "NamesPublished", "False", "DNSEndpointMissing");
    assertThat(ClusterStage.message(said, "NamesPublished"))
        .contains("install external-dns with its CRD", "spec.endpoints.dns.records: Status");
    assertThat(said.getStatus().dnsRecords()).isNotEmpty();
    try (InputStream crd = OperatorLife.class.getResourceAsStream(CRD)) {
      admin.load(crd).serverSideApply();
    }
    VpnCluster ready = stage.awaitReady(cluster);
    DnsEndpoint endpoint = dnsEndpoint();
    assertThat(endpoint.getSpec().endpoints())
        .extracting(DnsEndpoint.Record::dnsName)
        .containsExactlyInAnyOrder("s0.vpn.example.com", "s1.vpn.example.com");
    assertThat(endpoint.getSpec().endpoints())
        .extracting(DnsEndpoint.Record::targets)
        .containsExactlyElementsOf(
            ready.getStatus().dnsRecords().stream().map(one -> one.addresses()).toList());
  }

  private DnsEndpoint dnsEndpoint() {
    return admin.resources(DnsEndpoint.class).inNamespace(namespace).withName("office").get();
  }

  /** Addresses, profiles, sessions, a suspension, a lost profile. */
  private void clients(VpnCluster cluster) {
    client("alice", "");
    client("bob", ", csr: " + Serialization.asJson(InstanceRequest.of(uid(cluster), "x", 0).pem()));
    VpnClient alice = awaitClient("alice", "Ready");
    awaitClient("bob", "Ready");
    assertThat(alice.getSpec().addresses()).hasSize(1);
    stage.fakeAgents.sessions(
        instance ->
            List.of(
                new VpnInstanceStatus.Session(
                    alice.getMetadata().getUid(), "alice", "2026-11-22T00:00:00Z")));
    stage.fakeAgents.reportNow();
    awaitClient("alice", one -> one.getStatus().session() != null);
    patchClient("alice", Map.of("suspend", true));
    awaitClient("alice", "Suspended");
    patchClient("alice", Map.of("suspend", false));
    String serial = serial(awaitClient("alice", "Ready"));
    admin.secrets().inNamespace(namespace).withName("alice-profile").delete();
    awaitClient("alice", one -> !serial.equals(serial(one)));
    admin.resources(VpnClient.class).inNamespace(namespace).withName("bob").delete();
    Await.until("bob's claim released", SOON, this::claims, all -> all.matches(".*/bob \\S+Z.*"));
  }

  private String claims() {
    return admin
        .configMaps()
        .inNamespace(stage.operators)
        .withLabel(Marks.CLUSTER_NAMESPACE, namespace)
        .list()
        .getItems()
        .stream()
        .map(ConfigMap::getData)
        .toList()
        .toString();
  }

  /** A change-over, and an old authority that waits for the last instance. */
  private void authorities(VpnCluster cluster, String node) {
    certificate(cluster, node);
    change(cluster, Map.of("pki", Map.of("ca", Map.of("generation", 2))));
    stage.awaitReady(cluster);
    change(cluster, Map.of("pki", Map.of("ca", Map.of("oldestGeneration", 2))));
    VpnCluster waiting =
        stage.awaitCondition(cluster, "AuthorityCurrent", "False", "OldAuthorityInUse");
    assertThat(ClusterStage.message(waiting, "AuthorityCurrent"))
        .contains(namespace + ".office.0." + node + " (generation 1)");
    assertThat(authority(cluster)).contains("ca-1.crt", "ca-2.crt");
    certificate(cluster, node);
    stage.awaitCondition(cluster, "AuthorityCurrent", "True", "Current");
    Await.until(
        "the old authority gone",
        SOON,
        () -> authority(cluster),
        keys -> !keys.contains("ca-1.crt"));
    assertThat(authority(cluster)).contains("ca-2.crt");
  }

  private Set<String> authority(VpnCluster cluster) {
    return admin
        .secrets()
        .inNamespace(stage.operators)
        .withName(ClusterStage.names(cluster).authority())
        .get()
        .getData()
        .keySet();
  }

  /** What the agent of lane 0 on that node does when it starts. */
  private void certificate(VpnCluster cluster, String node) {
    Pod pod =
        Await.until(
            "an agent's pod",
            SOON,
            () ->
                nodes.kubelet().pods().stream()
                    .filter(one -> one.getSpec().getNodeName().equals(node))
                    .filter(one -> "0".equals(one.getMetadata().getLabels().get(Marks.LANE)))
                    .filter(one -> one.getMetadata().getDeletionTimestamp() == null)
                    .findFirst()
                    .orElse(null),
            Objects::nonNull);
    String token = PodToken.of(admin, pod);
    try (KubernetesClient agent = Requests.withToken(plane, token)) {
      String name = InstanceRequest.of(uid(cluster), node, 0).create(agent);
      Await.until(
          "a certificate",
          SOON,
          () -> admin.certificates().v1().certificateSigningRequests().withName(name).get(),
          OperatorLife::isSigned);
    }
  }

  private static boolean isSigned(CertificateSigningRequest request) {
    if (request.getStatus() == null) {
      return false;
    }
    assertThat(request.getStatus().getConditions())
        .extracting(condition -> condition.getType())
        .doesNotContain("Denied", "Failed");
    return request.getStatus().getCertificate() != null;
  }

  /** A node loses its label: its instances are retired, and gone. */
  private void aNodeLeaves(VpnCluster cluster, String node) {
    Map<String, Object> labels = new HashMap<>();
    nodes.labels().keySet().forEach(label -> labels.put(label, null));
    admin
        .nodes()
        .withName(node)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.asJson(Map.of("metadata", Map.of("labels", labels))));
    Await.until(
        "its instances gone",
        SOON,
        () -> stage.instances(cluster),
        all -> all.stream().noneMatch(one -> one.getSpec().nodeName().equals(node)));
    stage.awaitReady(cluster);
  }

  private void ends(VpnCluster cluster) {
    change(cluster, Map.of("instances", Map.of("perNode", 1)));
    Await.until("lane gone", SOON, () -> stage.daemonSets(cluster), all -> all.size() == 1);
    Map<String, Object> endpoints = new TreeMap<>(Map.of("type", "Auto"));
    endpoints.put("dns", null);
    change(cluster, Map.of("endpoints", endpoints));
    Await.until("DNSEndpoint gone", SOON, () -> dnsEndpoint() == null, it -> it);
    stage.awaitReady(cluster);
    awaitClient("alice", "Ready");
    VpnCluster last = stage.client.resource(cluster).get();
    assertThat(last.getStatus().conditions())
        .allSatisfy(one -> assertThat(one.getStatus()).as("%s", one).isEqualTo("True"));
    stage.delete(cluster);
    awaitClient("alice", "ClusterMissing");
    // What can be read is told a moment later.
    Await.until(
        "the last is heard",
        SOON,
        () -> objections,
        all ->
            gone.contains("VpnCluster office")
                && all.contains("VpnClient ProfileCurrent ClusterMissing"));
    Map<String, String> mark = ClusterStage.mark(cluster);
    assertThat(admin.configMaps().inAnyNamespace().withLabels(mark).list().getItems()).isEmpty();
    assertThat(admin.rbac().roles().inAnyNamespace().withLabels(mark).list().getItems()).isEmpty();
    assertThat(admin.secrets().inAnyNamespace().withLabels(mark).list().getItems())
        .allSatisfy(one -> assertThat(one.getMetadata().getNamespace()).isEqualTo(namespace));
  }

  private void change(VpnCluster cluster, Map<String, ?> spec) {
    stage.change(cluster, spec);
  }

  private void client(String name, String more) {
    admin
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: ovenbird.dev/v1alpha1
                kind: VpnClient
                metadata: {name: %s, namespace: %s}
                spec: {clusterRef: {name: office}%s}
                """
                    .formatted(name, namespace, more),
                VpnClient.class))
        .create();
  }

  private void patchClient(String name, Map<String, ?> spec) {
    admin
        .resources(VpnClient.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("spec", spec)));
  }

  private VpnClient awaitClient(String name, String reason) {
    return awaitClient(
        name,
        client ->
            client.getStatus().conditions().stream()
                .anyMatch(one -> one.getType().equals("Ready") && one.getReason().equals(reason)));
  }

  private VpnClient awaitClient(String name, Predicate<VpnClient> wanted) {
    return Await.until(
        name,
        SOON,
        () -> admin.resources(VpnClient.class).inNamespace(namespace).withName(name).get(),
        client -> client.getStatus() != null && wanted.test(client));
  }

  private static String serial(VpnClient client) {
    return Objects.requireNonNull(client.getStatus().certificate()).serial();
  }

  private static String uid(VpnCluster cluster) {
    return cluster.getMetadata().getUid();
  }

  private <T extends io.fabric8.kubernetes.api.model.HasMetadata> ResourceEventHandler<T> seen(
      java.util.function.Function<T, List<Condition>> conditions) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T object) {
        note(object);
      }

      @Override
      public void onUpdate(T before, T after) {
        note(after);
      }

      @Override
      public void onDelete(T object, boolean unknown) {
        gone.add(object.getKind() + " " + object.getMetadata().getName());
      }

      private void note(T object) {
        conditions.apply(object).stream()
            .filter(one -> one.getStatus().equals("False"))
            .forEach(
                one ->
                    objections.add(object.getKind() + " " + one.getType() + " " + one.getReason()));
      }
    };
  }

  /** Instances of the cluster, gone with it. */
  List<VpnInstance> instances(VpnCluster cluster) {
    return stage.instances(cluster);
  }

  @Override
  public void close() {
    scope.close();
  }
}
