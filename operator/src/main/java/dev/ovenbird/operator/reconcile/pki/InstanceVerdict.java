package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import java.security.PublicKey;
import java.time.Duration;

/** What is to be done with a request for an instance's certificate. */
sealed interface InstanceVerdict {
  /** Sign that key as that instance's. */
  record Sign(ClusterSnapshot cluster, InstanceId instance, PublicKey publicKey, Duration validity)
      implements InstanceVerdict {}

  /**
   * Never sign it.
   *
   * @param reason CamelCase
   * @param message what is wrong and what to do
   */
  record Refuse(String reason, String message) implements InstanceVerdict {}

  /** Another operator's agents ask; that one answers. */
  record Ignore() implements InstanceVerdict {}

  /** Its cluster is not resolved at present; look again. */
  record Wait() implements InstanceVerdict {}
}
