package dev.ovenbird.e2e.operator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ServerName;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.pki.InstanceSigner;
import dev.ovenbird.operator.reconcile.pki.SecretClusterIssuer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who gets an instance's certificate through the Kubernetes CSR API, and who does not. */
class InstanceSignerTest {
  private static final Duration SOON = PkiStage.SOON;

  private static PkiStage stage;
  private static OperatorContext context;
  private static AgentPods pods;
  private static VpnCluster cluster;
  private static IssuedCluster issued;
  private static String node;
  private static String otherNode;

  @BeforeAll
  static void start() throws Exception {
    stage = new PkiStage();
    context = stage.context();
    cluster = stage.cluster("office", "{generation: 1}");
    SecretClusterIssuer issuer = new SecretClusterIssuer(context);
    issuer.issue(cluster);
    cluster = stage.cluster("office", "{generation: 2}");
    issued = issuer.issue(cluster);
    FakeNodes nodes = FakeNodes.start(stage.scope(), stage.plane());
    List<String> names = nodes.add(2);
    node = names.getFirst();
    otherNode = names.getLast();
    pods = new AgentPods(stage, cluster, "office");
    publish(cluster, issued);
    PkiStage.awaitCached(context, cluster);
    Operator operator =
        new Operator(
            overrider ->
                overrider
                    .withKubernetesClient(context.client())
                    .withCloseClientOnStop(false)
                    .withConcurrentReconciliationThreads(4));
    operator.register(new InstanceSigner(context));
    operator.start();
    stage.scope().add(operator::stop);
  }

  @AfterAll
  static void stop() {
    stage.close();
  }

  private static void publish(VpnCluster of, IssuedCluster authority) {
    context
        .clusters()
        .publish(
            new ClusterSnapshot(
                of.getMetadata().getNamespace(),
                of.getMetadata().getName(),
                of.getMetadata().getUid(),
                of.getSpec(),
                TunnelNetworks.of(of.getSpec().networkCIDRs()),
                authority,
                new TreeMap<>()));
  }

  private static String uid() {
    return cluster.getMetadata().getUid();
  }

  @Test
  void agents_pod_gets_its_instances_certificate_with_the_chain() throws Exception {
    Pod pod = pods.create(node, 1);
    InstanceRequest request = InstanceRequest.of(uid(), node, 1);
    try (KubernetesClient agent = stage.withToken(pods.token(pod))) {
      String name = request.create(agent);
      CertificateSigningRequest signed = decided(name);
      assertThat(conditions(signed)).containsExactly("Approved/AgentsPod");
      assertThat(signed.getStatus().getConditions().getFirst().getMessage())
          .isEqualTo(
              "the requesting pod is lane 1 of VpnCluster "
                  + stage.users()
                  + "/office on node "
                  + node);
      List<X509Certificate> chain = chain(signed);
      X509Certificate leaf = chain.getFirst();
      assertThat(leaf.getPublicKey()).isEqualTo(request.keys().getPublic());
      assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=" + ServerName.of(uid()));
      assertThat(leaf.getSubjectAlternativeNames())
          .containsExactly(List.of(6, "urn:ovenbird:" + uid() + ":instance:" + node + ":1"));
      assertThat(leaf.getExtendedKeyUsage())
          .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
      assertThat(leaf.getNotAfter().toInstant())
          .isBetween(
              Instant.now().plus(Duration.ofDays(89)), Instant.now().plus(Duration.ofDays(90)));
      leaf.verify(issued.authority().certificate().getPublicKey());
      assertThat(chain.subList(1, chain.size())).hasSize(1).isEqualTo(issued.crossCertificates());
    }
  }

  @Test
  void shorter_validity_is_as_asked_for() throws Exception {
    String name =
        InstanceRequest.of(uid(), node, 0).withSeconds(3600).create(pods.as(pods.create(node, 0)));
    assertThat(chain(decided(name)).getFirst().getNotAfter().toInstant())
        .isBefore(Instant.now().plus(Duration.ofMinutes(61)));
  }

  record Refused(String reason, String message, InstanceRequest request) {
    @Override
    public String toString() {
      return reason + ": " + message;
    }
  }

  /** Each is right for the pod but for one thing. */
  static List<Refused> requests() {
    String uid = uid();
    InstanceRequest right = InstanceRequest.of(uid, node, 0);
    String uri = right.names().getFirst();
    String stranger = "11111111-2222-4333-8444-555555555555";
    String twin = uid.substring(0, 8) + "-2222-4333-8444-555555555555";
    String noUri = "not one URI urn:ovenbird:<cluster UID>:instance:<node>:<lane>";
    return List.of(
        new Refused(
            "WrongNode",
            "may not be an instance of node " + otherNode,
            InstanceRequest.of(uid, otherNode, 0)),
        new Refused(
            "WrongLane",
            "is of lane 0 and may not be one of lane 1",
            InstanceRequest.of(uid, node, 1)),
        new Refused(
            "WrongCluster",
            "is not that of cluster " + stranger + "'s agents",
            InstanceRequest.of(stranger, node, 0)),
        new Refused(
            "NoCluster",
            "there is no VpnCluster with UID " + twin,
            InstanceRequest.of(twin, node, 0)),
        new Refused(
            "WrongSubject",
            "subject is cn=ovenbird-somebody, not the cluster's server name",
            right.withSubject("CN=ovenbird-somebody")),
        new Refused(
            "WrongSubject",
            "not the cluster's server name",
            right.withSubject(right.subject() + ",O=system:masters")),
        new Refused("WrongName", noUri, right.withNames(uri, "dns:vpn.example.com")),
        new Refused("WrongName", noUri, right.withNames()),
        new Refused("WrongName", noUri, right.withNames("urn:ovenbird:" + uid + ":" + stranger)),
        new Refused("WrongName", noUri, right.withNames(uri + "x")),
        new Refused(
            "WrongUsages",
            "an instance asks for digital signature, server auth and client auth",
            right.withUsages("digital signature", "server auth")),
        new Refused(
            "WrongUsages",
            "cert sign",
            right.withUsages("digital signature", "server auth", "client auth", "cert sign")),
        new Refused("TooLong", "ask for at most 7776000 (90 days)", right.withSeconds(7_776_001)),
        new Refused("BadRequest", "its key (RSA of 1024 bits)", right.withKey("RSA", 1024)));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void request_that_is_not_the_pods_own_is_denied(Refused refused) {
    String name = refused.request().create(pods.as(pods.create(node, 0)));
    assertDenied(decided(name), refused.reason(), refused.message());
  }

  @Test
  void token_that_names_no_pod_is_denied() {
    InstanceRequest right = InstanceRequest.of(uid(), node, 0);
    Pod pod = pods.create(node, 0);
    Map<String, String> token =
        Map.of(
            "pod-name", pod.getMetadata().getName(),
            "pod-uid", pod.getMetadata().getUid(),
            "node-name", node);
    for (String missing : token.keySet()) {
      Map<String, String> less = new TreeMap<>(token);
      less.remove(missing);
      assertDenied(
          decided(right.create(pods.as(pods.account(), less))),
          "TokenWithoutPod",
          "use the token that is projected into the agent's pod");
    }
    // A ServiceAccount's own token, bound to nothing.
    try (KubernetesClient plain =
        stage
            .plane()
            .client(
                stage.plane().kubeconfigOf(stage.settings().agentsNamespace(), pods.account()))) {
      assertDenied(decided(right.create(plain)), "TokenWithoutPod", "names no pod on a node");
    }
  }

  @Test
  void pod_that_is_gone_or_another_by_now_is_denied() {
    InstanceRequest right = InstanceRequest.of(uid(), node, 0);
    Pod pod = pods.create(node, 0);
    String name = pod.getMetadata().getName();
    String stranger = "11111111-2222-4333-8444-555555555555";
    assertDenied(
        decided(
            right.create(
                pods.as(
                    pods.account(),
                    Map.of("pod-name", name, "pod-uid", stranger, "node-name", node)))),
        "NoPod",
        "pod " + name + " with UID " + stranger + " is gone");
    assertDenied(
        decided(
            right.create(
                pods.as(
                    pods.account(),
                    Map.of("pod-name", "none", "pod-uid", stranger, "node-name", node)))),
        "NoPod",
        "is gone");
  }

  @Test
  void pod_that_the_operator_did_not_make_is_denied() {
    InstanceRequest right = InstanceRequest.of(uid(), node, 0);
    for (String label : List.of(Marks.MANAGED_BY, Marks.CLUSTER_UID)) {
      Pod pod =
          pods.create(node, 0, built -> built.editMetadata().removeFromLabels(label).endMetadata());
      assertDenied(decided(right.create(pods.as(pod))), "WrongPod", "is no agent of cluster");
    }
    Pod laneless =
        pods.create(
            node, 0, built -> built.editMetadata().removeFromLabels(Marks.LANE).endMetadata());
    assertDenied(decided(right.create(pods.as(laneless))), "WrongLane", "is of lane null");
    pods.account("other");
    Pod others =
        pods.create(node, 0, built -> built.editSpec().withServiceAccountName("other").endSpec());
    Map<String, String> token =
        Map.of(
            "pod-name", others.getMetadata().getName(),
            "pod-uid", others.getMetadata().getUid(),
            "node-name", node);
    assertDenied(
        decided(right.create(pods.as(pods.account(), token))), "WrongPod", "is no agent of");
    assertDenied(
        decided(right.create(pods.as("other", token))),
        "WrongCluster",
        "ServiceAccount other is not that of cluster");
  }

  @Test
  void pod_on_another_node_than_its_token_says_is_denied() {
    Pod pod = pods.create(otherNode, 0);
    Map<String, String> token =
        Map.of(
            "pod-name", pod.getMetadata().getName(),
            "pod-uid", pod.getMetadata().getUid(),
            "node-name", node);
    assertDenied(
        decided(InstanceRequest.of(uid(), node, 0).create(pods.as(pods.account(), token))),
        "WrongNode",
        "runs on node " + otherNode + ", not on " + node);
  }

  @Test
  void nobody_but_an_agent_is_signed_for() {
    assertDenied(
        decided(InstanceRequest.of(uid(), node, 0).create(stage.client())),
        "NotAnAgent",
        "only agents get certificates from this signer");
    assertDenied(
        decided(
            InstanceRequest.of(uid(), node, 0)
                .create(
                    stage
                        .plane()
                        .clientAs(
                            "system:serviceaccount:" + stage.users() + ":x", "system:masters"))),
        "NotAnAgent",
        "is no ServiceAccount of namespace " + stage.settings().agentsNamespace());
  }

  @Test
  void agents_of_another_operator_are_left_to_that_one() {
    String name =
        InstanceRequest.of(uid(), node, 0)
            .create(
                stage
                    .plane()
                    .clientAs(
                        "system:serviceaccount:" + stage.users() + ":" + pods.account(),
                        "system:masters"));
    // What comes after it is decided, so it was looked at.
    decided(InstanceRequest.of(uid(), node, 0).create(pods.as(pods.create(node, 0))));
    assertThat(conditions(get(name))).isEmpty();
  }

  @Test
  void approval_by_a_person_gets_nobody_a_certificate() {
    // Of a cluster that is not resolved: the signer waits, and a person is first.
    VpnCluster waiting = stage.cluster("waiting", "{}");
    AgentPods agents = new AgentPods(stage, waiting, "waiting");
    PkiStage.awaitCached(context, waiting);
    String name =
        InstanceRequest.of(waiting.getMetadata().getUid(), node, 1)
            .create(agents.as(agents.create(node, 0)));
    assertThat(stage.plane().kubectl("certificate", "approve", name).status()).isZero();
    publish(waiting, issued);
    CertificateSigningRequest decided = decided(name);
    assertThat(decided.getStatus().getCertificate()).isNull();
    assertThat(conditions(decided)).containsExactly("Approved/KubectlApprove", "Failed/WrongLane");
  }

  @Test
  void other_signers_requests_are_left_alone() {
    CertificateSigningRequest other =
        stage
            .client()
            .resource(
                new CertificateSigningRequestBuilder(
                        stage
                            .client()
                            .certificates()
                            .v1()
                            .certificateSigningRequests()
                            .withName(
                                InstanceRequest.of(uid(), node, 0)
                                    .create(pods.as(pods.create(node, 0))))
                            .get())
                    .withNewMetadata()
                    .withGenerateName("ovenbird-e2e-")
                    .endMetadata()
                    .editSpec()
                    .withSignerName("example.com/other")
                    .endSpec()
                    .withStatus(null)
                    .build())
            .create();
    // What comes after it is decided, so it was looked at if it ever is.
    decided(InstanceRequest.of(uid(), node, 0).create(pods.as(pods.create(node, 0))));
    assertThat(conditions(get(other.getMetadata().getName()))).isEmpty();
  }

  @Test
  void pod_that_floods_is_stopped_and_others_are_not() {
    Pod flooding = pods.create(node, 0);
    KubernetesClient agent = pods.as(flooding);
    InstanceRequest right = InstanceRequest.of(uid(), node, 0);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      names.add(right.create(agent));
    }
    List<CertificateSigningRequest> all = names.stream().map(InstanceSignerTest::decided).toList();
    assertThat(all.stream().filter(one -> one.getStatus().getCertificate() != null)).hasSize(10);
    assertThat(
            all.stream()
                .filter(one -> one.getStatus().getCertificate() == null)
                .flatMap(one -> conditions(one).stream()))
        .hasSize(5)
        .containsOnly("Denied/TooManyRequests");
    assertThat(decided(right.create(pods.as(pods.create(node, 0)))).getStatus().getCertificate())
        .isNotNull();
  }

  @Test
  void request_waits_for_its_cluster_to_be_resolved() {
    VpnCluster late = stage.cluster("late", "{}");
    AgentPods agents = new AgentPods(stage, late, "late");
    PkiStage.awaitCached(context, late);
    String name =
        InstanceRequest.of(late.getMetadata().getUid(), node, 0)
            .create(agents.as(agents.create(node, 0)));
    assertThat(conditions(get(name))).isEmpty();
    publish(late, issued);
    assertThat(decided(name).getStatus().getCertificate()).isNotNull();
  }

  private static CertificateSigningRequest decided(String name) {
    return Await.until(
        "a verdict on " + name,
        SOON,
        () -> get(name),
        request ->
            request.getStatus() != null
                && (request.getStatus().getCertificate() != null
                    || conditions(request).stream()
                        .anyMatch(one -> one.startsWith("Denied") || one.startsWith("Failed"))));
  }

  private static CertificateSigningRequest get(String name) {
    return stage.client().certificates().v1().certificateSigningRequests().withName(name).get();
  }

  private static List<String> conditions(CertificateSigningRequest request) {
    return request.getStatus() == null
        ? List.of()
        : request.getStatus().getConditions().stream()
            .map(condition -> condition.getType() + "/" + condition.getReason())
            .toList();
  }

  private static void assertDenied(
      CertificateSigningRequest request, String reason, String message) {
    assertThat(request.getStatus().getCertificate()).isNull();
    assertThat(conditions(request)).containsExactly("Denied/" + reason);
    assertThat(request.getStatus().getConditions().getFirst().getMessage()).contains(message);
  }

  private static List<X509Certificate> chain(CertificateSigningRequest request) throws Exception {
    byte[] pem = Base64.getDecoder().decode(request.getStatus().getCertificate());
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem))
        .stream()
        .map(X509Certificate.class::cast)
        .toList();
  }
}
