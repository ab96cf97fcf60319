package dev.ovenbird.e2e.operator.cluster;

import static dev.ovenbird.e2e.operator.cluster.ClusterStage.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A change-over of the tls-crypt-v2 server key on a real API server. */
class ServerKeyOverlapTest {
  private static final String TYPE = "ServerKeyCurrent";
  private static final String WRAPPED = "tls-crypt-v2.key";

  @Test
  void a_new_server_key_is_in_profiles_when_all_hold_it_and_the_old_one_goes_when_none_needs_it() {
    try (Scope scope = new Scope();
        ClusterStage stage = ClusterStage.start(ControlPlane.shared().client())) {
      FakeNodes nodes = FakeNodes.start(scope, stage.plane);
      String quick = nodes.add();
      String slow = nodes.add();
      Set<String> followers = ConcurrentHashMap.newKeySet();
      stage.fakeAgents.serverKeys(
          instance -> followers.contains(instance.getSpec().nodeName()) ? List.of(2, 1) : null);
      String namespace = stage.namespace(scope);
      VpnCluster cluster = stage.create(namespace, "office", nodes, 1, "");
      stage.client.resource(alice(namespace)).create();
      stage.awaitReady(cluster);
      stage.awaitCondition(cluster, TYPE, "True", "Current");
      Secret first = awaitProfile(stage, namespace, null);
      assertThat(generations(stage, cluster)).containsExactly("1");

      stage.change(cluster, serverKey("generation", 2));
      VpnCluster waits = stage.awaitCondition(cluster, TYPE, "False", "WaitsForInstances");
      assertThat(ClusterStage.message(waits, TYPE))
          .contains(quick + " (generation 1)", slow + " (generation 1)");
      Await.until("both keys", SOON, () -> generations(stage, cluster), List.of("2", "1")::equals);
      stage.awaitReady(cluster);
      followers.add(quick);
      stage.fakeAgents.reportNow();
      Await.until(
          "one left",
          SOON,
          () -> ClusterStage.message(stage.client.resource(cluster).get(), TYPE),
          message -> !message.contains(quick) && message.contains(slow + " (generation 1)"));
      assertThat(profile(stage, namespace).getData()).isEqualTo(first.getData());

      followers.add(slow);
      stage.fakeAgents.reportNow();
      VpnCluster overlap = stage.awaitCondition(cluster, TYPE, "True", "Current");
      assertThat(ClusterStage.message(overlap, TYPE)).contains("generation 2", "oldestGeneration");
      Secret second = awaitProfile(stage, namespace, first.getData().get(WRAPPED));
      assertThat(second.getData())
          .containsEntry("tls.crt", first.getData().get("tls.crt"))
          .containsEntry("tls.key", first.getData().get("tls.key"));

      // What cannot be unwrapped is made anew, and nothing else.
      edit(stage, namespace);
      Secret third = awaitProfile(stage, namespace, "bm9uc2Vuc2U=");
      assertThat(third.getData())
          .containsEntry("tls.crt", first.getData().get("tls.crt"))
          .containsEntry("tls.key", first.getData().get("tls.key"));

      // One that comes later begins with both keys, and has not said so yet.
      String late = nodes.add();
      Await.until(
          "its instance",
          SOON,
          () -> stage.modes(cluster).keySet(),
          instances -> instances.contains(late + "/0"));
      stage.awaitReady(cluster);
      stage.awaitCondition(cluster, TYPE, "True", "Current");
      assertThat(profile(stage, namespace).getData())
          .containsEntry(WRAPPED, third.getData().get(WRAPPED));

      stage.change(cluster, serverKey("oldestGeneration", 2));
      Await.until("one key", SOON, () -> generations(stage, cluster), List.of("2")::equals);
      stage.awaitCondition(cluster, TYPE, "True", "Current");
      assertThat(profile(stage, namespace).getData())
          .containsEntry(WRAPPED, third.getData().get(WRAPPED));
      assertThat(authority(stage, cluster).getData())
          .containsKey("tls-crypt-v2-2.key")
          .doesNotContainKey("tls-crypt-v2-1.key");
      Await.until(
          "events",
          SOON,
          () -> stage.plane.kubectl("get", "events", "-n", namespace).output(),
          text -> text.contains("ServerKeyRotated") && text.contains("ServerKeyRetired"));
      stage.delete(cluster);
    }
  }

  private static Map<String, ?> serverKey(String field, int value) {
    return Map.of("tls", Map.of("controlChannel", Map.of("serverKey", Map.of(field, value))));
  }

  private static VpnClient alice(String namespace) {
    return Serialization.unmarshal(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnClient
        metadata: {name: alice, namespace: %s}
        spec: {clusterRef: {name: office}}
        """
            .formatted(namespace),
        VpnClient.class);
  }

  private static Secret profile(ClusterStage stage, String namespace) {
    return stage.client.secrets().inNamespace(namespace).withName("alice-profile").get();
  }

  /** With another wrapped key than that one. */
  private static Secret awaitProfile(ClusterStage stage, String namespace, @Nullable String than) {
    return Await.until(
            "profile",
            SOON,
            () -> Optional.ofNullable(profile(stage, namespace)),
            secret ->
                secret.isPresent() && !Objects.equals(secret.get().getData().get(WRAPPED), than))
        .orElseThrow();
  }

  private static void edit(ClusterStage stage, String namespace) {
    var result =
        stage.plane.kubectl(
            "patch",
            "secret",
            "alice-profile",
            "-n",
            namespace,
            "--type=merge",
            "-p",
            "{\"data\":{\"" + WRAPPED + "\":\"bm9uc2Vuc2U=\"}}");
    assertThat(result.status()).as(result.output()).isZero();
  }

  private static Secret authority(ClusterStage stage, VpnCluster cluster) {
    return stage
        .client
        .secrets()
        .inNamespace(stage.operators)
        .withName(ClusterStage.names(cluster).authority())
        .get();
  }

  /** Of the keys that agents get, in order. */
  private static List<String> generations(ClusterStage stage, VpnCluster cluster) {
    Secret keys =
        stage
            .client
            .secrets()
            .inNamespace(stage.agents)
            .withName(ClusterStage.names(cluster).serverKeys())
            .get();
    String text =
        new String(
            Base64.getDecoder().decode(keys.getData().get("tls-crypt-v2.keys")),
            StandardCharsets.US_ASCII);
    return text.lines()
        .filter(line -> line.startsWith(InstanceConfig.Files.GENERATION))
        .map(line -> line.substring(InstanceConfig.Files.GENERATION.length()))
        .toList();
  }
}
