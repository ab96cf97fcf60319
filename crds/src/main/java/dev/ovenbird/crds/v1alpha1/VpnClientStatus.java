package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.Time;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a client's profile is and when it was last seen. */
public record VpnClientStatus(
    @JsonPropertyDescription("Where the profile is.") @Nullable SecretKeyReference profileSecretRef,
    @JsonPropertyDescription("The accepted certificate.") @Nullable Certificate certificate,
    @JsonPropertyDescription("When it last connected; coarse.") @Time
        @Nullable String lastConnectedTime,
    @JsonPropertyDescription("The instance that serves it now.") @Nullable Session session,
    @Size(max = 2) @JsonPropertyDescription("The addresses that it has in the tunnel, IPv4 first.")
        List<@Size(min = 1, max = 39) String> addresses,
    @JsonPropertyDescription("The generation of the spec that this status is about.")
        @Nullable Long observedGeneration,
    @Size(max = 16)
        @JsonPropertyDescription(
            "Ready and ProfileCurrent; NetworksRouted if there are networks behind the client.")
        List<Condition> conditions) {
  public VpnClientStatus {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** One key of a Secret in the client's namespace. */
  public record SecretKeyReference(
      @Required @JsonPropertyDescription("The Secret's name.") String name,
      @Required @JsonPropertyDescription("The key that holds the profile.") String key) {}

  /** The accepted certificate. */
  public record Certificate(
      @Required @JsonPropertyDescription("Lower-case hex, without leading zeros.") String serial,
      @Required @JsonPropertyDescription("When it ends.") @Time String notAfter) {}

  /** The instance that serves the client now. */
  public record Session(
      @Required @JsonPropertyDescription("Name of the VpnInstance.") String instance,
      @Required @JsonPropertyDescription("When the client connected.") @Time String since) {}
}
