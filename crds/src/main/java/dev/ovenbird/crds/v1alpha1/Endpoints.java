package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How clients reach instances; a union by type. */
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
  public record Dns(@Required @Size(min = 1, max = 200) String domain) {}
}
