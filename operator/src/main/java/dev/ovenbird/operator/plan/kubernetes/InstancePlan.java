package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.operator.plan.Endpoint;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.plan.kubernetes.Placement.Standing;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which instances there should be, and what each is to do.
 *
 * @param wanted VpnInstances by name, without status
 * @param endpoints of the wanted, by name
 * @param published what profiles list: by instance, or by slot and lane with endpoints.type DNS
 * @param finished names of instances that are to be deleted: they are retired, or their node is
 *     gone
 * @param leaving lanes that are still on nodes that the cluster no longer selects
 * @param slots with endpoints.type DNS
 */
public record InstancePlan(
    SortedMap<String, VpnInstance> wanted,
    Map<String, List<VpnInstanceStatus.Endpoint>> endpoints,
    SortedMap<String, List<Endpoint>> published,
    List<String> finished,
    SortedSet<Integer> leaving,
    @Nullable DnsSlots slots) {

  private static final int MAX_LABEL = 63;

  /**
   * Plans them.
   *
   * @param existing the cluster's instances, by name
   * @param retirement of lanes that are no longer wanted, and on nodes that are no longer selected
   */
  public static InstancePlan of(
      VpnClusterSpec spec,
      Owner owner,
      List<Placement> placements,
      Map<String, VpnInstance> existing,
      Retirement retirement) {
    DnsSlots slots = slots(spec, placements);
    SortedMap<String, VpnInstance> wanted = new TreeMap<>();
    Map<String, List<VpnInstanceStatus.Endpoint>> endpoints = new HashMap<>();
    SortedMap<String, List<Endpoint>> published = new TreeMap<>();
    Map<String, Placement> nodes = new HashMap<>();
    for (Placement placement : placements) {
      Node node = placement.node();
      nodes.put(node.name(), placement);
      for (int lane = 0; lane < spec.instances().perNode(); lane++) {
        String name = ObjectNames.instance(owner.namespace(), owner.name(), lane, node.name());
        if (placement.standing() == Standing.DRAINS_IF_THERE && !existing.containsKey(name)) {
          continue;
        }
        Mode mode = placement.standing() == Standing.SERVES ? Mode.Serve : Mode.Drain;
        wanted.put(name, instance(owner, name, node.name(), lane, mode));
        List<Endpoint> own =
            slots == null
                ? Planner.endpoints(spec, node, lane)
                : Planner.endpoints(spec, slots.hosts(node.name()), lane);
        endpoints.put(name, written(own));
        if (slots == null && !own.isEmpty()) {
          published.put(new InstanceId(node.name(), lane).toString(), own);
        }
      }
    }
    if (slots != null) {
      published.putAll(slots.endpoints(spec));
    }
    List<String> finished = new ArrayList<>();
    SortedSet<Integer> leaving = new TreeSet<>();
    existing.forEach(
        (name, instance) -> {
          if (wanted.containsKey(name)) {
            return;
          }
          String node = instance.getSpec().nodeName();
          Placement placement = nodes.get(node);
          boolean isLeft = placement == null;
          if (isLeft) {
            placement = retirement.left().get(node);
          }
          if (placement == null || retirement.isOver(instance, placement)) {
            finished.add(name);
          } else {
            if (isLeft) {
              leaving.add(instance.getSpec().lane());
            }
            wanted.put(
                name,
                instance(
                    owner,
                    name,
                    node,
                    instance.getSpec().lane(),
                    retirement.next(instance, placement)));
            endpoints.put(name, List.of());
          }
        });
    return new InstancePlan(wanted, endpoints, published, List.copyOf(finished), leaving, slots);
  }

  /** Nodes whose instances serve, as names are to lead to no others; all if there is none. */
  private static @Nullable DnsSlots slots(VpnClusterSpec spec, Collection<Placement> placements) {
    var dns = spec.endpoints().dns();
    if (dns == null) {
      return null;
    }
    List<String> serving =
        placements.stream()
            .filter(placement -> placement.standing() == Standing.SERVES && placement.isReady())
            .map(placement -> placement.node().name())
            .toList();
    return new DnsSlots(
        dns,
        serving.isEmpty()
            ? placements.stream().map(placement -> placement.node().name()).toList()
            : serving);
  }

  static VpnInstance instance(Owner owner, String name, String node, int lane, Mode mode) {
    Map<String, String> labels = new HashMap<>(owner.labels("instance", lane));
    if (node.length() <= MAX_LABEL) {
      labels.put(Marks.NODE, node);
    }
    VpnInstance instance = new VpnInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(owner.agentsNamespace())
            .withLabels(labels)
            .build());
    instance.setSpec(
        new VpnInstanceSpec(
            new VpnInstanceSpec.ClusterReference(owner.namespace(), owner.name(), owner.uid()),
            node,
            lane,
            mode));
    return instance;
  }

  private static List<VpnInstanceStatus.Endpoint> written(List<Endpoint> endpoints) {
    return endpoints.stream()
        .map(one -> new VpnInstanceStatus.Endpoint(one.host(), one.port(), one.protocol()))
        .toList();
  }
}
