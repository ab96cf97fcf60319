package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.Network;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What clients may reach; enforced in the instance. */
public record Access(
    @Size(max = 256)
        @JsonPropertyDescription(
            "Networks that clients may reach. Empty: the pushed routes and name servers, and"
                + " everything of a family whose default route is pushed.")
        List<@Size(min = 1, max = 43) @Network String> allowedDestinations) {
  static final Access DEFAULT = new Access(List.of());

  public Access {
    allowedDestinations =
        allowedDestinations == null ? List.of() : List.copyOf(allowedDestinations);
  }
}
