package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.Address;
import dev.ovenbird.crds.schema.Network;
import dev.ovenbird.crds.schema.RoutedNetwork;
import dev.ovenbird.crds.schema.Time;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who the client is to the cluster. */
// At the spec, as a rule at the field would answer with its value, and that may be a private key.
@ValidationRule(
    value =
        "!has(self.csr) || (self.csr.startsWith('-----BEGIN CERTIFICATE REQUEST-----')"
            + " && self.csr.contains('-----END CERTIFICATE REQUEST-----'))",
    fieldPath = ".csr",
    message = "is no certificate signing request; give what openssl req -new writes")
@ValidationRule(
    value = "!has(self.csr) || !self.csr.contains('PRIVATE KEY-----')",
    fieldPath = ".csr",
    message = "holds a private key; keep that with the client and give the request only")
public record VpnClientSpec(
    @Required
        @ValidationRule(
            value = "self == oldSelf",
            reason = "FieldValueForbidden",
            message = "is in the client's certificate; make a new VpnClient for another cluster")
        @JsonPropertyDescription("The VpnCluster of the same namespace that it belongs to.")
        ClusterReference clusterRef,
    @Default("false")
        @JsonPropertyDescription(
            "Refuses the client until it is taken back; its keys and addresses stay.")
        boolean suspend,
    @JsonPropertyDescription("When the client's access ends, as RFC 3339 (2027-01-31T18:00:00Z).")
        @Time
        @Nullable String notAfter,
    @Size(max = 2)
        @ValidationRule(
            value = "self.size() < 1 || !isIP(self[0]) || ip(self[0]).family() == 4",
            messageExpression =
                "self[0] + ' is not the IPv4 address, which comes first; put that before it'")
        @ValidationRule(
            value = "self.size() < 2 || !isIP(self[1]) || ip(self[1]).family() == 6",
            messageExpression =
                "self[1] + ' is a second IPv4 address; give one IPv4, one IPv6 or leave it out'")
        @JsonPropertyDescription(
            "Its addresses in the tunnel, IPv4 first; left out, the first free one is claimed once"
                + " and kept. The IPv6 address is the IPv6 network plus the IPv4 host part.")
        List<@Size(min = 1, max = 39) @Address String> addresses,
    @Size(max = 16)
        @JsonPropertyDescription(
            "Networks behind the client, if it is the router of a site: they are led to it while it"
                + " is connected, and it may send with their addresses.")
        List<@Size(min = 1, max = 43) @Network @RoutedNetwork String> routedCIDRs,
    @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
            "A certificate signing request (PKCS#10, PEM) for a key that stays with the client."
                + " Without it the operator makes a key and puts it into the profile.")
        @Nullable String csr) {

  public VpnClientSpec {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    routedCIDRs = routedCIDRs == null ? List.of() : List.copyOf(routedCIDRs);
  }

  /** A VpnCluster by name. */
  public record ClusterReference(
      @Required
          @Size(min = 1, max = 63)
          @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @JsonPropertyDescription("Its name.")
          String name) {}
}
