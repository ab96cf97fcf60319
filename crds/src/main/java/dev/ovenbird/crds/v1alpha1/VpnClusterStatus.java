package dev.ovenbird.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator last saw of a cluster. */
public record VpnClusterStatus(
    @Nullable Integer instances,
    @Nullable Integer readyInstances,
    @Nullable Integer clients,
    @Nullable Long observedGeneration,
    List<Condition> conditions) {
  public VpnClusterStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
