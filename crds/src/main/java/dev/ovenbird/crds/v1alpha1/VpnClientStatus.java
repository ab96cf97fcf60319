package dev.ovenbird.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a client's profile is and when it was last seen. */
public record VpnClientStatus(
    @Nullable SecretKeyReference profileSecretRef,
    @Nullable Certificate certificate,
    @Nullable String lastConnectedTime,
    @Nullable Session session,
    @Nullable Long observedGeneration,
    List<Condition> conditions) {
  public VpnClientStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** One key of a Secret in the client's namespace. */
  public record SecretKeyReference(String name, String key) {}

  /** The accepted certificate; serial in lower-case hex, notAfter as RFC 3339. */
  public record Certificate(String serial, String notAfter) {}

  /** The instance that serves the client now. */
  public record Session(String instance, String since) {}
}
