package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.HashMap;
import java.util.Map;

/** The cluster that objects are made for, and the namespace of its agents. */
public record Owner(String namespace, String name, String uid, String agentsNamespace) {
  public static Owner of(VpnCluster cluster, String agentsNamespace) {
    return new Owner(
        cluster.getMetadata().getNamespace(),
        cluster.getMetadata().getName(),
        cluster.getMetadata().getUid(),
        agentsNamespace);
  }

  public ObjectNames names() {
    return ObjectNames.of(uid);
  }

  /** Of an object in the agents' namespace. */
  ObjectMeta metadata(String objectName, String component) {
    return new ObjectMetaBuilder()
        .withName(objectName)
        .withNamespace(agentsNamespace)
        .withLabels(labels(component))
        .build();
  }

  /** Of an object that is one lane's. */
  ObjectMeta metadata(String objectName, String component, int lane) {
    return new ObjectMetaBuilder()
        .withName(objectName)
        .withNamespace(agentsNamespace)
        .withLabels(labels(component, lane))
        .build();
  }

  Map<String, String> labels(String component) {
    return Marks.labels(namespace, name, uid, component);
  }

  Map<String, String> labels(String component, int lane) {
    Map<String, String> labels = new HashMap<>(labels(component));
    labels.put(Marks.LANE, String.valueOf(lane));
    return labels;
  }
}
