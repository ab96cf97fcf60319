package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What must exist.
 *
 * @param instances by node and lane
 * @param clients entries of the roster, by name
 */
public record ClusterPlan(List<PlannedInstance> instances, List<Roster.Entry> clients) {

  /**
   * One instance.
   *
   * @param endpoints in order of preference; UDP before TCP, IPv4 before IPv6
   */
  public record PlannedInstance(InstanceId id, InstanceConfig config, List<Endpoint> endpoints) {}

  /** Endpoints of all instances, those without any left out. */
  public SortedMap<String, List<Endpoint>> endpoints() {
    SortedMap<String, List<Endpoint>> all = new TreeMap<>();
    for (PlannedInstance instance : instances) {
      if (!instance.endpoints().isEmpty()) {
        all.put(instance.id().toString(), instance.endpoints());
      }
    }
    return all;
  }
}
