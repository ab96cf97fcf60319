package dev.ovenbird.operator.reconcile.roster;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.ClientNetworks;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.watch.SharedEventSource;
import dev.ovenbird.operator.reconcile.written.ClaimMaps;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import dev.ovenbird.operator.reconcile.written.RosterMaps;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Has the rosters of all clusters kept. Its reconciliation only says that this operator leads: what
 * is to be written {@link RosterWriter} hears from the caches.
 */
@ControllerConfiguration(name = "roster")
public final class RosterReconciler implements Reconciler<VpnCluster> {
  private final OperatorContext context;
  private final RosterWriter writer;

  @Inject
  public RosterReconciler(OperatorContext context) {
    this.context = context;
    writer = new RosterWriter(context);
    context.clusters().onChange(snapshot -> writer.clusterChanged(key(snapshot)));
  }

  @Override
  public List<EventSource<?, VpnCluster>> prepareEventSources(
      EventSourceContext<VpnCluster> eventSources) {
    return List.of(new CacheEvents());
  }

  @Override
  public UpdateControl<VpnCluster> reconcile(VpnCluster cluster, Context<VpnCluster> ignored) {
    writer.lead(cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName());
    return UpdateControl.noUpdate();
  }

  private static String key(ClusterSnapshot snapshot) {
    return snapshot.namespace() + "/" + snapshot.name();
  }

  /** Passes on what the caches tell; its life is the writer's. */
  private final class CacheEvents extends AbstractEventSource<VpnCluster, VpnCluster> {
    private final ResourceEventHandler<VpnCluster> clusters =
        handler((before, after) -> clusterChanged(after));
    private final ResourceEventHandler<VpnClient> clients =
        handler((before, after) -> clientChanged(before, after));
    private final ResourceEventHandler<Node> nodes =
        handler(
            (before, after) ->
                ClientNetworks.concerned(context, before, after)
                    .forEach(RosterReconciler.this::changed));
    private final ResourceEventHandler<Secret> secrets =
        handler((before, after) -> secretChanged(before, after));
    private final ResourceEventHandler<ConfigMap> configMaps =
        handler((before, after) -> configMapChanged(before, after));

    CacheEvents() {
      super(VpnCluster.class, "caches");
    }

    @Override
    public void start() {
      super.start();
      writer.start();
      context.caches().clusters().addEventHandler(clusters);
      context.caches().clients().addEventHandler(clients);
      context.caches().secrets().addEventHandler(secrets);
      context.caches().configMaps().addEventHandler(configMaps);
      context.caches().nodes().addEventHandler(nodes);
    }

    @Override
    public void stop() {
      context.caches().clusters().removeEventHandler(clusters);
      context.caches().clients().removeEventHandler(clients);
      context.caches().secrets().removeEventHandler(secrets);
      context.caches().configMaps().removeEventHandler(configMaps);
      context.caches().nodes().removeEventHandler(nodes);
      writer.close();
      super.stop();
    }

    @Override
    public Set<VpnCluster> getSecondaryResources(VpnCluster primary) {
      return Set.of();
    }
  }

  private void clusterChanged(VpnCluster cluster) {
    String key = cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName();
    if (context.caches().clusters().getStore().getByKey(key) == null
        || cluster.getMetadata().getDeletionTimestamp() != null) {
      writer.clusterChanged(key);
    }
  }

  private void clientChanged(@Nullable VpnClient before, VpnClient after) {
    changed(after);
    ClientNetworks.concerned(context, before, after).forEach(this::changed);
  }

  private void changed(VpnClient client) {
    writer.clientChanged(Caches.cluster(client), client.getMetadata().getName());
  }

  private void secretChanged(@Nullable Secret before, Secret after) {
    for (Secret secret : before == null ? List.of(after) : List.of(before, after)) {
      String cluster = cluster(secret);
      if (ProfileMarks.isProfile(secret) && cluster != null) {
        secret
            .getMetadata()
            .getOwnerReferences()
            .forEach(owner -> writer.clientChanged(cluster, owner.getName()));
      }
    }
  }

  private void configMapChanged(@Nullable ConfigMap before, ConfigMap after) {
    if (RosterMaps.isOne(after)) {
      writer.mapChanged(after.getMetadata().getName());
    } else if (ClaimMaps.isOne(after)) {
      String cluster = cluster(after);
      if (cluster == null) {
        return;
      } else if (before == null) {
        writer.clusterChanged(cluster);
        return;
      }
      differences(before, after, cluster);
      differences(after, before, cluster);
    }
  }

  private void differences(ConfigMap one, ConfigMap other, String cluster) {
    Map<String, String> others = other.getData() == null ? Map.of() : other.getData();
    if (one.getData() == null) {
      return;
    }
    one.getData()
        .forEach(
            (address, claim) -> {
              int slash = claim.indexOf('/');
              if (slash >= 0 && !claim.equals(others.get(address))) {
                writer.clientChanged(cluster, claim.substring(slash + 1).split(" ", 2)[0]);
              }
            });
  }

  private static @Nullable String cluster(HasMetadata object) {
    String name = Marks.label(object, Marks.CLUSTER);
    return name == null ? null : Marks.label(object, Marks.CLUSTER_NAMESPACE) + "/" + name;
  }

  private static <T extends HasMetadata> ResourceEventHandler<T> handler(
      BiConsumer<@Nullable T, T> changed) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T object) {
        changed.accept(null, object);
      }

      @Override
      public void onUpdate(T before, T after) {
        if (SharedEventSource.isAnother(before, after)) {
          changed.accept(null, before);
          changed.accept(null, after);
        } else {
          changed.accept(before, after);
        }
      }

      @Override
      public void onDelete(T object, boolean finalStateUnknown) {
        changed.accept(null, object);
      }
    };
  }
}
