package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;

/** The controller's own cache of VpnClients, without bookkeeping that nobody reads. */
public final class LeanClients extends TransformingItemStore<VpnClient> {
  public LeanClients() {
    super(
        client -> {
          client.getMetadata().setManagedFields(List.of());
          return client;
        });
  }
}
