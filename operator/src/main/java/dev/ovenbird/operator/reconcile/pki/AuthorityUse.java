package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Sign;
import dev.ovenbird.operator.reconcile.watch.Caches;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which generation of its cluster's authority each instance's certificate is of, as the signer
 * noted on the VpnInstance. Agents write their instance's status only, so it is the operator's
 * word.
 */
public final class AuthorityUse {
  /** Not the manager of the rest of the object: each apply would take the note away. */
  private static final PatchContext NOTE =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager("ovenbird-signer")
          .build();

  private AuthorityUse() {}

  /** Generations below that one whose certificates are still in use: instance → generation. */
  public static SortedMap<String, Integer> below(
      int generation, OperatorContext context, String clusterUid) {
    SortedMap<String, Integer> use = new TreeMap<>();
    if (generation <= 1) {
      return use;
    }
    for (VpnInstance instance :
        context.caches().instances().getIndexer().byIndex(Caches.BY_CLUSTER_UID, clusterUid)) {
      int held = held(instance, context.clock().instant());
      if (held > 0 && held < generation) {
        use.put(instance.getMetadata().getName(), held);
      }
    }
    return use;
  }

  /** 0 if nothing is known, or its certificate has ended. */
  private static int held(VpnInstance instance, Instant now) {
    String note = Marks.annotation(instance, Marks.CERTIFICATE);
    if (note == null) {
      return 0;
    }
    String[] words = note.split(" ", 2);
    try {
      return words.length == 2 && Instant.parse(words[1]).isAfter(now)
          ? Integer.parseInt(words[0])
          : 0;
    } catch (DateTimeException | NumberFormatException e) {
      return 0;
    }
  }

  /** Notes what is about to be signed; an instance that is not there yet has never had another. */
  static void note(OperatorContext context, Sign sign, Instant end) {
    ClusterSnapshot cluster = sign.cluster();
    try {
      context
          .client()
          .resources(VpnInstance.class)
          .inNamespace(context.settings().agentsNamespace())
          .withName(
              ObjectNames.instance(
                  cluster.namespace(),
                  cluster.name(),
                  sign.instance().lane(),
                  sign.instance().node()))
          .patch(
              NOTE,
              "{\"metadata\":{\"annotations\":{\""
                  + Marks.CERTIFICATE
                  + "\":\""
                  + cluster.issued().generation()
                  + " "
                  + end
                  + "\"}}}");
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }
}
