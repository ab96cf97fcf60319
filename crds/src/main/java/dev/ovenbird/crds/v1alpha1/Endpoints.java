package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.DomainName;
import dev.ovenbird.crds.schema.HostName;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How clients reach instances; a union by type. */
@ValidationRule(
    value = "self.type != 'Hosts' || has(self.hosts)",
    fieldPath = ".hosts",
    reason = "FieldValueRequired",
    message = "is missing; list what reaches each node")
@ValidationRule(
    value = "self.type == 'Hosts' || !has(self.hosts)",
    fieldPath = ".hosts",
    reason = "FieldValueForbidden",
    message = "goes with type Hosts only; write type: Hosts or leave it out")
@ValidationRule(
    value = "self.type != 'DNS' || has(self.dns)",
    fieldPath = ".dns",
    reason = "FieldValueRequired",
    message = "is missing; give the domain that the names are in")
@ValidationRule(
    value = "self.type == 'DNS' || !has(self.dns)",
    fieldPath = ".dns",
    reason = "FieldValueForbidden",
    message = "goes with type DNS only; write type: DNS or leave it out")
public record Endpoints(
    @Default("Auto")
        @JsonPropertyDescription(
            "Auto: the node's external addresses, else its internal ones. ExternalIP, InternalIP:"
                + " only those. Hosts: as listed in hosts. DNS: stable names below dns.domain.")
        Type type,
    @Size(min = 1, max = 256) @JsonPropertyDescription("With type Hosts: what reaches which node.")
        @Nullable List<Host> hosts,
    @JsonPropertyDescription("With type DNS: where the names are.") @Nullable Dns dns) {
  static final Endpoints DEFAULT = new Endpoints(Type.Auto, null, null);

  public Endpoints {
    type = type == null ? Type.Auto : type;
    hosts = hosts == null ? null : List.copyOf(hosts);
  }

  /** Where endpoints come from. */
  public enum Type {
    Auto,
    ExternalIP,
    InternalIP,
    Hosts,
    DNS
  }

  /** A name or address that reaches a node. */
  public record Host(
      @Required
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("Name of the node; * for every node that isn't named.")
          String node,
      @Required
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("DNS name or IP address, as clients are to use it.")
          @HostName
          String host,
      @Default("0")
          @Min(-65534)
          @Max(65534)
          @JsonPropertyDescription(
              "Added to a listener's port, where a translating router changes ports.")
          Integer portOffset) {
    public Host {
      portOffset = portOffset == null ? 0 : portOffset;
    }
  }

  /** Names of stable slots: s0.DOMAIN, s1.DOMAIN and so on. */
  public record Dns(
      @Required
          @Size(min = 1, max = 200)
          @JsonPropertyDescription("The names are s0.DOMAIN, s1.DOMAIN and so on.")
          @DomainName
          String domain,
      @Default("8")
          @Min(1)
          @Max(64)
          @ValidationRule(
              value = "self == oldSelf",
              reason = "FieldValueForbidden",
              message = "is in every profile that was given out; make a new cluster to change it")
          @JsonPropertyDescription(
              "How many names there are; profiles list them all, so they never change.")
          Integer slots,
      @Default("Status")
          @JsonPropertyDescription(
              "Status: the records to make are listed in status.dnsRecords. DNSEndpoint: the"
                  + " operator makes a DNSEndpoint for external-dns.")
          Records records) {
    public Dns {
      slots = slots == null ? 8 : slots;
      records = records == null ? Records.Status : records;
    }
  }

  /** Who makes the DNS records. */
  public enum Records {
    Status,
    DNSEndpoint
  }
}
