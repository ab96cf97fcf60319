package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which generations of a cluster's tls-crypt-v2 server key are in use: what decides when a new one
 * begins to wrap, and when an old one may go. Generations are what agents report and what the
 * operator noted on profiles; nothing is remembered, so nothing can be lost.
 *
 * @param held by instance, what it serves by; not of instances that are retired
 * @param profiles by name of its Secret, what wraps a profile
 */
public record ServerKeyUse(
    SortedMap<String, List<Integer>> held, SortedMap<String, Integer> profiles) {
  /** What agents hold that say nothing of it: they are of before there were others. */
  private static final List<Integer> UNSAID = List.of(1);

  /**
   * As the caches have it; nothing if there is one key, as nothing is to be decided then.
   *
   * @param keys at least one
   */
  public static ServerKeyUse of(OperatorContext context, String clusterUid, List<ServerKey> keys) {
    SortedMap<String, List<Integer>> held = new TreeMap<>();
    SortedMap<String, Integer> profiles = new TreeMap<>();
    if (keys.size() == 1) {
      return new ServerKeyUse(held, profiles);
    }
    for (VpnInstance instance :
        context.caches().instances().getIndexer().byIndex(Caches.BY_CLUSTER_UID, clusterUid)) {
      if (instance.getSpec().mode() != Mode.Retire) {
        VpnInstanceStatus status = instance.getStatus();
        List<Integer> said = status == null ? null : status.serverKeyGenerations();
        held.put(instance.getMetadata().getName(), said == null ? UNSAID : said);
      }
    }
    for (Secret secret :
        context.caches().secrets().getIndexer().byIndex(Caches.BY_CLUSTER_UID, clusterUid)) {
      if (ProfileMarks.isProfile(secret)) {
        profiles.put(secret.getMetadata().getName(), ProfileMarks.keyGeneration(secret));
      }
    }
    return new ServerKeyUse(held, profiles);
  }

  /**
   * The key that wraps: the newest that every instance holds. Once profiles are wrapped by one, an
   * instance that comes anew and has not reported is no way back: it begins with all keys.
   *
   * @param keys newest first, at least one
   */
  public ServerKey wraps(List<ServerKey> keys) {
    int begun = profiles.values().stream().reduce(0, Math::max);
    return keys.stream()
        .filter(key -> key.generation() <= begun || lacking(key.generation()).isEmpty())
        .findFirst()
        .orElse(keys.getLast());
  }

  /** Instances without that one, each with the newest that it holds. */
  public SortedMap<String, Integer> lacking(int generation) {
    SortedMap<String, Integer> lacking = new TreeMap<>();
    held.forEach(
        (instance, generations) -> {
          if (!generations.contains(generation)) {
            lacking.put(instance, newest(generations));
          }
        });
    return lacking;
  }

  /** Profiles that are still wrapped by an older one. */
  public SortedMap<String, Integer> below(int generation) {
    SortedMap<String, Integer> below = new TreeMap<>(profiles);
    below.values().removeIf(wrapped -> wrapped >= generation);
    return below;
  }

  /**
   * The oldest that has to be kept.
   *
   * @param keys newest first, at least one
   */
  int oldest(Tls.ServerKey wanted, List<ServerKey> keys) {
    int inUse = profiles.values().stream().reduce(wanted.oldestGeneration(), Math::min);
    return Math.min(inUse, wraps(keys).generation());
  }

  private static int newest(Collection<Integer> generations) {
    return generations.stream().reduce(0, Math::max);
  }
}
