package dev.ovenbird.operator.reconcile.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/**
 * An object as a cache has it or as the operator wrote it since, whichever is newer. A status is
 * only written if it says something else: compared with what a cache does not have yet, one that
 * goes back to what it was would never be written.
 */
public final class Newest {
  private Newest() {}

  /**
   * By resource version, which of one object are comparable numbers (Kubernetes' documentation, API
   * concepts).
   *
   * @param written null if nothing was written
   */
  public static <T extends HasMetadata> T of(T cached, @Nullable T written) {
    return written != null
            && written.getMetadata().getUid().equals(cached.getMetadata().getUid())
            && version(written) > version(cached)
        ? written
        : cached;
  }

  private static long version(HasMetadata object) {
    return Long.parseLong(object.getMetadata().getResourceVersion());
  }
}
