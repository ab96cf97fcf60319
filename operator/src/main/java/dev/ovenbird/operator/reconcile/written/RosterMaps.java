package dev.ovenbird.operator.reconcile.written;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ConfigMaps that hold one shard of a roster. */
public final class RosterMaps {
  public static final String KEY = "roster.json";
  public static final String COMPONENT = "roster";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private RosterMaps() {}

  public static ConfigMap configMap(
      String agentsNamespace, ClusterSnapshot cluster, int shard, Roster roster) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(agentsNamespace)
        .withName(ObjectNames.of(cluster.uid()).roster(shard))
        .withLabels(Marks.labels(cluster.namespace(), cluster.name(), cluster.uid(), COMPONENT))
        .endMetadata()
        .withData(Map.of(KEY, text(roster)))
        .build();
  }

  public static boolean isOne(ConfigMap map) {
    return COMPONENT.equals(Marks.label(map, Marks.COMPONENT));
  }

  /** Null if it holds none that can be read. */
  public static @Nullable Roster roster(ConfigMap map) {
    String text = map.getData() == null ? null : map.getData().get(KEY);
    try {
      Roster roster = text == null ? null : MAPPER.readValue(text, Roster.class);
      return roster == null || !isWhole(roster) ? null : roster;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Somebody may have written it by hand. */
  @SuppressWarnings("ConstantConditions")
  private static boolean isWhole(Roster roster) {
    return roster.clusterUid() != null
        && roster.clients() != null
        && roster.clients().stream()
            .allMatch(
                entry ->
                    entry != null
                        && entry.uid() != null
                        && entry.name() != null
                        && entry.serials() != null
                        && entry.addresses() != null);
  }

  private static String text(Roster roster) {
    try {
      return MAPPER.writeValueAsString(roster);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write a roster", e);
    }
  }
}
