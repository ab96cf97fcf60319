package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who the client is to the cluster. */
public record VpnClientSpec(
    @Required @JsonPropertyDescription("The VpnCluster of the same namespace that it belongs to.")
        ClusterReference clusterRef,
    @Default("false")
        @JsonPropertyDescription(
            "Refuses the client until it is taken back; its keys and addresses stay.")
        boolean suspend,
    @Pattern(RFC_3339)
        @JsonPropertyDescription(
            "When the client's access ends, as RFC 3339 (2027-01-31T18:00:00Z).")
        @Nullable String notAfter,
    @Size(min = 0, max = 2)
        @JsonPropertyDescription(
            "Its addresses in the tunnel, IPv4 first; left out, the first free one is claimed once"
                + " and kept. The IPv6 address is the IPv6 network plus the IPv4 host part.")
        List<@Size(min = 1, max = 39) String> addresses) {

  private static final String RFC_3339 =
      "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

  public VpnClientSpec {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
  }

  /** A VpnCluster by name. */
  public record ClusterReference(@Required @Size(min = 1, max = 63) String name) {}
}
