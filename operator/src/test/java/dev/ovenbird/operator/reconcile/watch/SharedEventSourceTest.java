package dev.ovenbird.operator.reconcile.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SharedEventSourceTest {
  private final List<String> told = new ArrayList<>();

  private static ConfigMap map(String uid) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName("one")
        .withUid(uid)
        .endMetadata()
        .build();
  }

  @Test
  void another_object_of_that_name_is_no_update() {
    Config nowhere = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:1").build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(nowhere).build()) {
      SharedEventSource<ConfigMap, ConfigMap> source =
          new SharedEventSource<>(
              "maps",
              client.configMaps().runnableInformer(0),
              (before, after) -> {
                told.add(
                    (before == null ? "" : before.getMetadata().getUid() + " to ")
                        + after.getMetadata().getUid());
                return Set.of();
              });
      source.onUpdate(map("a"), map("a"));
      source.onUpdate(map("a"), map("b"));
    }
    assertThat(told).containsExactly("a to a", "a", "b");
  }
}
