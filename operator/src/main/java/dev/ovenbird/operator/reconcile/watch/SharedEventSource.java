package dev.ovenbird.operator.reconcile.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lets a controller hear of the changes in a shared cache. The controller reads the cache itself.
 *
 * @param <R> what is watched
 * @param <P> what the controller reconciles
 */
public final class SharedEventSource<R extends HasMetadata, P extends HasMetadata>
    extends AbstractEventSource<R, P> implements ResourceEventHandler<R> {
  private final SharedIndexInformer<R> informer;
  private final BiFunction<@Nullable R, R, Set<ResourceID>> concerned;

  /**
   * @param concerned primaries that a change from the first (null: it is new or gone) to the second
   *     concerns
   */
  public SharedEventSource(
      String name,
      SharedIndexInformer<R> informer,
      BiFunction<@Nullable R, R, Set<ResourceID>> concerned) {
    super(informer.getApiTypeClass(), name);
    this.informer = informer;
    this.concerned = concerned;
  }

  @Override
  public void start() {
    super.start();
    informer.addEventHandler(this);
  }

  @Override
  public void stop() {
    informer.removeEventHandler(this);
    super.stop();
  }

  @Override
  public void onAdd(R object) {
    tell(null, object);
  }

  @Override
  public void onUpdate(R before, R after) {
    if (isAnother(before, after)) {
      tell(null, before);
      tell(null, after);
    } else {
      tell(before, after);
    }
  }

  /**
   * Whether it is another object of that name: of one that was deleted and made anew while its
   * watch was broken, a cache tells as of an update.
   */
  public static boolean isAnother(HasMetadata before, HasMetadata after) {
    return !before.getMetadata().getUid().equals(after.getMetadata().getUid());
  }

  @Override
  public void onDelete(R object, boolean finalStateUnknown) {
    tell(null, object);
  }

  private void tell(@Nullable R before, R after) {
    for (ResourceID id : concerned.apply(before, after)) {
      getEventHandler().handleEvent(new Event(id));
    }
  }

  /** Controllers read the shared cache instead. */
  @Override
  public Set<R> getSecondaryResources(P primary) {
    return Set.of();
  }
}
