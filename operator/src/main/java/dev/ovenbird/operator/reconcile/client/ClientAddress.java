package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.written.ClaimView;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's address: the one that is claimed for it, asked for and written where it has none. */
final class ClientAddress {
  private static final PatchContext MERGE =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager(Marks.OPERATOR)
          .build();

  private final OperatorContext context;
  private final Recent<VpnClient> recent;
  private final ClaimView claimed;

  /**
   * What came of it.
   *
   * @param client as it now is
   * @param isPending whether the answer is to come
   */
  record Outcome(
      VpnClient client, @Nullable IpAddress address, @Nullable Verdict fault, boolean isPending) {}

  /**
   * @param recent gets each client as it was written
   */
  ClientAddress(OperatorContext context, Recent<VpnClient> recent) {
    this.context = context;
    this.recent = recent;
    claimed = new ClaimView(context);
  }

  Outcome of(VpnClient client, ClusterWork cluster) {
    String uid = client.getMetadata().getUid();
    SpecAddresses named =
        SpecAddresses.of(client.getSpec().addresses(), cluster.snapshot().networks());
    IpAddress chosen = named.ipv4();
    if (named.fault() != null) {
      cluster.claims().forget(uid);
      return new Outcome(client, null, Verdict.bad("AddressInvalid", named.fault()), false);
    }
    if (chosen != null && claimed.isHeldBy(cluster.snapshot(), uid, chosen)) {
      cluster.claims().forget(uid);
      return new Outcome(client, chosen, null, false);
    }
    ClaimKeeper.Answer answer = cluster.claims().ask(client, chosen);
    if (answer == null) {
      return new Outcome(client, null, null, true);
    }
    if (answer.refusal() != null) {
      return new Outcome(
          client, null, Verdict.bad(answer.refusal().reason(), answer.refusal().message()), false);
    }
    IpAddress granted = answer.granted();
    return granted != null && chosen == null
        ? new Outcome(write(client, cluster, granted), granted, null, false)
        : new Outcome(client, granted, null, false);
  }

  /** Once, and only if the client still names none. */
  private VpnClient write(VpnClient client, ClusterWork cluster, IpAddress address) {
    // Of no type: a patch as text would be preceded by a read, and the type has fields of defaults.
    GenericKubernetesResource patch = new GenericKubernetesResource();
    patch.setApiVersion(client.getApiVersion());
    patch.setKind(client.getKind());
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(client.getMetadata().getNamespace())
            .withName(client.getMetadata().getName())
            .withUid(client.getMetadata().getUid())
            .withResourceVersion(client.getMetadata().getResourceVersion())
            .build());
    patch.setAdditionalProperty(
        "spec", Map.of("addresses", cluster.snapshot().networks().addresses(address)));
    try {
      VpnClient written =
          context
              .client()
              .getKubernetesSerialization()
              .convertValue(context.client().resource(patch).patch(MERGE), VpnClient.class);
      recent.put(client.getMetadata().getUid(), written);
      return written;
    } finally {
      // Written or not: what comes next is decided from what is there then.
      cluster.claims().forget(client.getMetadata().getUid());
    }
  }
}
