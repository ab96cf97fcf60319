package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.schema.Time;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance reports. The agent owns every field but endpoints, which is the operator's: each
 * applies its own part server-side, so what one leaves out stays as the other wrote it. Null is
 * therefore not written, and no list is made where there was none.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VpnInstanceStatus(
    @JsonPropertyDescription("The generation of the spec that the agent acts on.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("The mode that the agent has carried out.") @Nullable Mode mode,
    @Size(max = 16)
        @JsonPropertyDescription(
            "Generations of the tls-crypt-v2 server key that it serves by; left out if that is 1"
                + " alone.")
        @Nullable List<@Min(1) Integer> serverKeyGenerations,
    @Size(max = 256) @JsonPropertyDescription("Where clients reach it; written by the operator.")
        @Nullable List<Endpoint> endpoints,
    @Min(0) @JsonPropertyDescription("Clients connected now.") @Nullable Integer sessionCount,
    @Size(max = 1000) @JsonPropertyDescription("Who is connected, 1000 at most.")
        @Nullable List<Session> sessions,
    @JsonPropertyDescription("When the agent last reported, as RFC 3339.") @Time
        @Nullable String lastReportTime,
    @Size(max = 16) @JsonPropertyDescription("Ready, NodeSuitable and the like.")
        @Nullable List<Condition> conditions) {
  public VpnInstanceStatus {
    serverKeyGenerations = serverKeyGenerations == null ? null : List.copyOf(serverKeyGenerations);
    endpoints = endpoints == null ? null : List.copyOf(endpoints);
    sessions = sessions == null ? null : List.copyOf(sessions);
    conditions = conditions == null ? null : List.copyOf(conditions);
  }

  /** The operator's part. */
  public static VpnInstanceStatus reachedBy(List<Endpoint> endpoints) {
    return new VpnInstanceStatus(null, null, null, endpoints, null, null, null, null);
  }

  /** One remote of profiles. */
  public record Endpoint(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("DNS name or IP address.")
          String host,
      @Required @Min(1) @Max(65535) @JsonPropertyDescription("UDP or TCP port.") Integer port,
      @Required @JsonPropertyDescription("UDP or TCP.") Protocol protocol) {}

  /** One connected client; since as RFC 3339. */
  public record Session(
      @Required @Size(min = 1, max = 36) @JsonPropertyDescription("UID of the VpnClient.")
          String clientUid,
      @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Name of the VpnClient.")
          String client,
      @Required @JsonPropertyDescription("When it connected.") @Time String since) {}
}
