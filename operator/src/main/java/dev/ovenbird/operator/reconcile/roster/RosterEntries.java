package dev.ovenbird.operator.reconcile.roster;

import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.reconcile.ClientNetworks;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.written.AcceptedSerials;
import dev.ovenbird.operator.reconcile.written.ClaimView;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a roster says of a client: only who has a claimed address and an accepted certificate. */
final class RosterEntries {
  private final OperatorContext context;
  private final ClaimView claims;

  RosterEntries(OperatorContext context) {
    this.context = context;
    claims = new ClaimView(context);
  }

  /** Null if the client may not connect at all. */
  Roster.@Nullable Entry of(VpnClient client, ClusterSnapshot cluster, List<String> trusted) {
    String uid = client.getMetadata().getUid();
    IpAddress ipv4 = ipv4(client.getSpec().addresses());
    if (client.getMetadata().getDeletionTimestamp() != null
        || ipv4 == null
        || !claims.isHeldBy(cluster, uid, ipv4)) {
      return null;
    }
    Secret secret =
        context
            .caches()
            .secrets()
            .getStore()
            .getByKey(
                client.getMetadata().getNamespace()
                    + "/"
                    + ProfileMarks.secretName(client.getMetadata().getName()));
    List<String> serials =
        secret != null && ProfileMarks.isOf(secret, client)
            ? ProfileMarks.of(secret).serials().of(trusted)
            : List.of();
    if (serials.isEmpty()) {
      return null;
    }
    List<String> routed = ClientNetworks.of(context, client, cluster).routed();
    return new Roster.Entry(
        uid,
        client.getMetadata().getName(),
        serials,
        cluster.networks().addresses(ipv4),
        client.getSpec().suspend(),
        notAfter(client.getSpec().notAfter()),
        routed.isEmpty() ? null : routed);
  }

  /** Whether the claim still stands; asked after the shard's version was read. */
  boolean isClaimed(Roster.Entry entry, ClusterSnapshot cluster) {
    IpAddress ipv4 = ipv4(entry.addresses());
    return ipv4 != null && claims.isHeldBy(cluster, entry.uid(), ipv4);
  }

  /** Ids of the authorities whose certificates are accepted. */
  static List<String> trusted(ClusterSnapshot cluster) {
    return cluster.issued().trusted().stream().map(AcceptedSerials::authority).toList();
  }

  private static @Nullable IpAddress ipv4(List<String> addresses) {
    return addresses.isEmpty() ? null : IpAddress.parse(addresses.getFirst());
  }

  private static @Nullable Long notAfter(@Nullable String text) {
    try {
      return text == null ? null : (Long) OffsetDateTime.parse(text).toEpochSecond();
    } catch (DateTimeException e) {
      return 0L; // The CRD lets none through; who cannot be read must not last for ever.
    }
  }
}
