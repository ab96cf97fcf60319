package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.crds.schema.Address;
import dev.ovenbird.crds.schema.DomainName;
import dev.ovenbird.crds.schema.Network;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What clients are told when they connect. */
public record Push(
    @Size(max = 256) @JsonPropertyDescription("Networks that clients reach through the tunnel.")
        List<@Size(min = 1, max = 43) @Network String> routes,
    @Default("{}") @JsonPropertyDescription("Names that clients resolve through the tunnel.")
        Dns dns,
    @Default("None") @JsonPropertyDescription("Which families leave by the tunnel as a whole.")
        DefaultRoute defaultRoute) {
  static final Push DEFAULT = new Push(List.of(), Dns.DEFAULT, DefaultRoute.None);

  public Push {
    routes = routes == null ? List.of() : List.copyOf(routes);
    dns = dns == null ? Dns.DEFAULT : dns;
    defaultRoute = defaultRoute == null ? DefaultRoute.None : defaultRoute;
  }

  /** Name resolution of clients. */
  public record Dns(
      @Size(max = 8) @JsonPropertyDescription("Addresses of name servers that clients use.")
          List<@Size(min = 1, max = 39) @Address String> servers,
      @Size(max = 16)
          @JsonPropertyDescription("Domains that those servers answer; everything if left out.")
          List<@Size(min = 1, max = 253) @DomainName String> domains) {
    static final Dns DEFAULT = new Dns(List.of(), List.of());

    public Dns {
      servers = servers == null ? List.of() : List.copyOf(servers);
      domains = domains == null ? List.of() : List.copyOf(domains);
    }
  }
}
