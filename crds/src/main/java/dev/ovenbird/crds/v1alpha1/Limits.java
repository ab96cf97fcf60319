package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.DurationBounds;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** Limits of each instance. */
public record Limits(
    @Default("1000")
        @Min(1)
        @Max(65536)
        @JsonPropertyDescription("Sessions that one instance takes.")
        Integer maxClientsPerInstance,
    @Default("24h")
        @JsonPropertyDescription(
            "How long instances go on admitting by the last roster while none can be read.")
        @DurationBounds(min = "1m", max = "8760h")
        String maxRosterStaleness) {
  static final Limits DEFAULT = new Limits(1000, "24h");

  public Limits {
    maxClientsPerInstance = maxClientsPerInstance == null ? 1000 : maxClientsPerInstance;
    maxRosterStaleness = maxRosterStaleness == null ? "24h" : maxRosterStaleness;
  }
}
