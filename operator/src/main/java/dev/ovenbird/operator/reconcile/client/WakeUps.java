package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Set;

/** Has clients looked at again for reasons that are no change of an object. */
final class WakeUps extends AbstractEventSource<VpnClient, VpnClient> {
  WakeUps() {
    super(VpnClient.class, "wake-ups");
  }

  void wake(String namespace, String name) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(new ResourceID(name, namespace)));
    }
  }

  @Override
  public Set<VpnClient> getSecondaryResources(VpnClient primary) {
    return Set.of();
  }
}
