package dev.ovenbird.operator.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.operator.plan.Marks;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Server-side apply under the operator's name. Fields that others manage stay theirs, an object
 * without the operator's mark is never touched, and an object that is as it should be costs no
 * write.
 */
public final class Applier {
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(Marks.OPERATOR)
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final ObjectMapper mapper =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  public Applier(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Makes the object be as desired.
   *
   * @param desired carries {@link Marks#labels}; gets the annotation {@link Marks#APPLIED}
   * @param known what a cache has of it; null if it has nothing, then the API server is asked
   * @return the object as it now is
   * @throws ForeignObjectException if an object of that name lacks the mark
   */
  public <T extends HasMetadata> T apply(T desired, @Nullable T known)
      throws ForeignObjectException {
    String digest = digest(desired);
    T actual = known != null ? known : client.resource(desired).get();
    if (actual != null) {
      if (!isOurs(actual, desired)) {
        throw new ForeignObjectException(actual);
      }
      if (digest.equals(Marks.annotation(actual, Marks.APPLIED)) && isAsApplied(actual, desired)) {
        return actual;
      }
      // A precondition: one that was deleted and made anew by somebody is not this one.
      desired.getMetadata().setUid(actual.getMetadata().getUid());
    }
    Map<String, String> annotations = new HashMap<>();
    if (desired.getMetadata().getAnnotations() != null) {
      annotations.putAll(desired.getMetadata().getAnnotations());
    }
    annotations.put(Marks.APPLIED, digest);
    desired.getMetadata().setAnnotations(annotations);
    return client.resource(desired).patch(APPLY);
  }

  /** Whether this is what was last applied, whatever others made of it since. */
  public boolean wasApplied(HasMetadata desired, HasMetadata actual) {
    return digest(desired).equals(Marks.annotation(actual, Marks.APPLIED));
  }

  /**
   * Applies the status subresource. Callers compare first: a field that is left out is taken back.
   *
   * @param desired name, namespace and status; the spec is ignored
   * @return the object as it now is
   */
  public <T extends HasMetadata> T applyStatus(T desired, T actual) {
    desired.getMetadata().setUid(actual.getMetadata().getUid());
    return client.resource(desired).subresource("status").patch(APPLY);
  }

  /** Deletes the operator's own object; what lacks its mark stays. */
  public void delete(HasMetadata actual) {
    if (Marks.isOurs(actual)) {
      client.resource(actual).delete();
    }
  }

  private boolean isAsApplied(HasMetadata actual, HasMetadata desired) {
    return Subset.contains(content(actual), content(desired));
  }

  private String digest(HasMetadata desired) {
    try {
      byte[] text = mapper.writeValueAsString(content(desired)).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 16);
    } catch (NoSuchAlgorithmException | JsonProcessingException e) {
      throw new IllegalStateException("cannot digest " + desired.getKind(), e);
    }
  }

  /** All that is applied: no status, no bookkeeping of the API server. */
  private JsonNode content(HasMetadata object) {
    ObjectNode tree = tree(object);
    tree.remove("status");
    if (tree.get("metadata") instanceof ObjectNode metadata) {
      metadata.remove(
          List.of("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"));
      if (metadata.get("annotations") instanceof ObjectNode annotations) {
        annotations.remove(Marks.APPLIED);
        if (annotations.isEmpty()) {
          metadata.remove("annotations");
        }
      }
    }
    return tree;
  }

  private ObjectNode tree(HasMetadata object) {
    return client.getKubernetesSerialization().convertValue(object, ObjectNode.class);
  }

  private static boolean isOurs(HasMetadata actual, HasMetadata desired) {
    String wanted = Marks.label(desired, Marks.CLUSTER_UID);
    return Marks.isOurs(actual)
        && (wanted == null || wanted.equals(Marks.label(actual, Marks.CLUSTER_UID)));
  }
}
