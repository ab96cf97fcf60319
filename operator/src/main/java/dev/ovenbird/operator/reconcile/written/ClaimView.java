package dev.ovenbird.operator.reconcile.written;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.Claim;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The claims as the cache has them. It may be old, but never newer in one ConfigMap than in
 * another: claims and rosters come by one watch, in the order in which they were written.
 */
public final class ClaimView {
  private final OperatorContext context;
  private final Map<String, Parsed> parsed = new ConcurrentHashMap<>();

  private record Parsed(ConfigMap source, Map<Integer, Claim> claims) {}

  public ClaimView(OperatorContext context) {
    this.context = context;
  }

  /** Whether the address is that client's. */
  public boolean isHeldBy(ClusterSnapshot cluster, String clientUid, IpAddress ipv4) {
    Claim claim = find(cluster, ipv4);
    return claim != null && claim.isHeld() && claim.uid().equals(clientUid);
  }

  /** Null if nobody ever claimed it. */
  public @Nullable Claim find(ClusterSnapshot cluster, IpAddress ipv4) {
    if (!cluster.networks().ipv4().contains(ipv4)) {
      return null;
    }
    int number = AddressClaims.number(cluster.networks(), ipv4);
    String key =
        context.settings().operatorNamespace()
            + "/"
            + ObjectNames.of(cluster.uid()).claims(number / AddressClaims.BLOCK);
    ConfigMap map = context.caches().configMaps().getStore().getByKey(key);
    if (map == null) {
      parsed.remove(key);
      return null;
    }
    Parsed known = parsed.get(key);
    if (known == null || !isSame(known.source(), map)) {
      known = new Parsed(map, ClaimMaps.claims(map, cluster.networks()));
      parsed.put(key, known);
    }
    return known.claims().get(number);
  }

  private static boolean isSame(ConfigMap one, ConfigMap other) {
    return one.getMetadata().getResourceVersion().equals(other.getMetadata().getResourceVersion());
  }
}
