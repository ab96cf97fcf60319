package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.schema.Address;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that instances listen on. */
public record Listener(
    @Required
        @Size(min = 1, max = 15)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Its name, unique in the cluster.")
        String name,
    @Required @JsonPropertyDescription("UDP or TCP.") Protocol protocol,
    @Required @Min(1) @Max(65535) @JsonPropertyDescription("Lane i listens on port + i.")
        Integer port,
    @Size(min = 1, max = 64)
        @ValidationRule(
            value = "self.all(lane, self.exists_one(other, other == lane))",
            message = "names a lane twice; name each once")
        @JsonPropertyDescription("Only these lanes listen; all if left out.")
        @Nullable List<@Min(0) @Max(63) Integer> lanes,
    @Size(max = 16)
        @JsonPropertyDescription("Addresses of the node to listen on; every one if left out.")
        List<@Size(min = 1, max = 39) @Address String> addresses) {
  static final Listener DEFAULT = new Listener("udp", Protocol.UDP, 1194, null, List.of());

  public Listener {
    lanes = lanes == null ? null : List.copyOf(lanes);
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
  }
}
