package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator last saw of a cluster. */
public record VpnClusterStatus(
    @JsonPropertyDescription("Instances that there should be.") @Nullable Integer instances,
    @JsonPropertyDescription("Instances that serve.") @Nullable Integer readyInstances,
    @JsonPropertyDescription("VpnClients of the cluster.") @Nullable Integer clients,
    @JsonPropertyDescription("The generation of the spec that this status is about.")
        @Nullable Long observedGeneration,
    @Size(max = 128)
        @JsonPropertyDescription("With endpoints of type DNS: the records that should exist.")
        List<DnsRecord> dnsRecords,
    @Size(max = 16) @JsonPropertyDescription("Ready and what stands in its way.")
        List<Condition> conditions) {
  public VpnClusterStatus {
    dnsRecords = dnsRecords == null ? List.of() : List.copyOf(dnsRecords);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** The addresses that one name should have. */
  public record DnsRecord(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The full name.") String name,
      @Required @JsonPropertyDescription("A for IPv4, AAAA for IPv6.") DnsRecordType type,
      @Required
          @Size(min = 1, max = 64)
          @JsonPropertyDescription("What the name should resolve to.")
          List<@Size(min = 1, max = 39) String> addresses) {
    public DnsRecord {
      addresses = addresses == null ? List.of() : List.copyOf(addresses);
    }
  }

  /** Kind of a DNS record. */
  public enum DnsRecordType {
    A,
    AAAA
  }
}
