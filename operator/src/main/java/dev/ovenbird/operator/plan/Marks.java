package dev.ovenbird.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Labels and annotations by which the operator knows its own objects. */
public final class Marks {
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  public static final String OPERATOR = "ovenbird-operator";

  /** UID of the VpnCluster that an object is for. */
  public static final String CLUSTER_UID = "ovenbird.dev/cluster-uid";

  public static final String CLUSTER_NAMESPACE = "ovenbird.dev/cluster-namespace";
  public static final String CLUSTER = "ovenbird.dev/cluster";
  public static final String COMPONENT = "app.kubernetes.io/component";
  public static final String LANE = "ovenbird.dev/lane";
  public static final String NODE = "ovenbird.dev/node";

  /** UID of the VpnClient that a profile is for. */
  public static final String CLIENT_UID = "ovenbird.dev/client-uid";

  /** Annotation: SHA-256 of what was last applied. */
  public static final String APPLIED = "ovenbird.dev/applied";

  /**
   * Annotation of a VpnInstance, written by the signer before it signs: generation of the authority
   * and the certificate's end, {@code 2 2027-02-20T00:00:00Z}.
   */
  public static final String CERTIFICATE = "ovenbird.dev/certificate";

  /** On a VpnCluster: its agents have to be retired before it goes. */
  public static final String FINALIZER = "ovenbird.dev/retire";

  private Marks() {}

  /** A label's value; null if the object has none. */
  public static @Nullable String label(HasMetadata object, String name) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null ? null : labels.get(name);
  }

  /** An annotation's value; null if the object has none. */
  public static @Nullable String annotation(HasMetadata object, String name) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(name);
  }

  /** Whether the operator made it. */
  public static boolean isOurs(HasMetadata object) {
    return OPERATOR.equals(label(object, MANAGED_BY));
  }

  /**
   * Labels of everything made for a cluster.
   *
   * @param component what the object is: config, roster, keys, ca, claims, instance, agent, profile
   */
  public static Map<String, String> labels(
      String namespace, String cluster, String clusterUid, String component) {
    return Map.of(
        MANAGED_BY,
        OPERATOR,
        CLUSTER_UID,
        clusterUid,
        CLUSTER_NAMESPACE,
        namespace,
        CLUSTER,
        cluster,
        COMPONENT,
        component);
  }
}
