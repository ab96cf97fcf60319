package dev.ovenbird.operator.process;

import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/**
 * Which replica of the operator acts.
 *
 * @param holder empty if nobody does
 * @param isHeld whether the holder has renewed it in time
 */
record OperatorLease(String holder, boolean isHeld) {
  static final String NAME = "ovenbird-operator";

  static OperatorLease read(KubernetesClient client, OperatorSettings settings) {
    Lease lease = client.leases().inNamespace(settings.operatorNamespace()).withName(NAME).get();
    String holder = lease == null ? null : lease.getSpec().getHolderIdentity();
    if (holder == null || holder.isEmpty()) {
      return new OperatorLease("", false);
    }
    ZonedDateTime renewed = lease.getSpec().getRenewTime();
    Duration limit = Duration.ofSeconds(lease.getSpec().getLeaseDurationSeconds());
    boolean isHeld =
        renewed != null && renewed.plus(limit).isAfter(ZonedDateTime.now(ZoneOffset.UTC));
    return new OperatorLease(holder, isHeld);
  }
}
