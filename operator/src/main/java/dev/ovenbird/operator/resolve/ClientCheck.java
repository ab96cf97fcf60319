package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.VpnClientSpec;
import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks clients against their cluster and one another. */
final class ClientCheck {
  private final YamlDocument cluster;
  private final TunnelNetworks networks;
  private final List<Problem> problems;
  private final List<RoutedNetworks.Taken> own;
  private final Map<IpAddress, YamlDocument> taken = new HashMap<>();
  private final Map<Cidr, YamlDocument> routed = new LinkedHashMap<>();

  ClientCheck(YamlDocument cluster, TunnelNetworks networks, List<Problem> problems) {
    this.cluster = cluster;
    this.networks = networks;
    this.problems = problems;
    own =
        networks.cidrs().stream()
            .map(text -> Objects.requireNonNull(Cidr.parse(text)))
            .map(network -> new RoutedNetworks.Taken(network, "the network of " + cluster.title()))
            .toList();
  }

  ResolvedClient check(YamlDocument client, VpnClientSpec spec) {
    String clusterName = cluster.text("metadata.name");
    if (!spec.clusterRef().name().equals(clusterName)) {
      problems.add(
          client.problem(
              "spec.clusterRef.name",
              "\"" + spec.clusterRef().name() + "\" is not in this file; write " + clusterName));
    }
    String namespace = ResourceFile.namespace(cluster);
    if (!ResourceFile.namespace(client).equals(namespace)) {
      problems.add(
          client.problem(
              "metadata.namespace", "differs from its cluster's; write namespace: " + namespace));
    }
    if (spec.csr() != null) {
      problems.add(
          client.problem(
              "spec.csr", "needs Kubernetes; on one machine leave it out and take the profile"));
    }
    IpAddress chosen = null;
    for (int i = 0; i < spec.addresses().size(); i++) {
      IpAddress address = address(client, "spec.addresses[" + i + "]", spec.addresses().get(i));
      if (i == 0) {
        chosen = address;
      } else if (chosen != null && address != null) {
        checkIpv6(client, chosen, address);
      }
    }
    return new ResolvedClient(
        client.text("metadata.name"),
        spec.suspend(),
        notAfter(client, spec.notAfter()),
        chosen,
        routedNetworks(client, spec.routedCIDRs()),
        client.line("spec.addresses"));
  }

  private List<Cidr> routedNetworks(YamlDocument client, List<String> texts) {
    NetworkCheck form =
        new NetworkCheck((field, message) -> problems.add(client.problem(field, message)));
    List<Cidr> networks = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String field = "spec.routedCIDRs[" + i + "]";
      Cidr network = form.cidr(field, texts.get(i));
      if (network == null || networks.contains(network)) {
        continue;
      }
      String fault = fault(network);
      if (fault == null) {
        networks.add(network);
      } else {
        problems.add(client.problem(field, fault));
      }
    }
    networks.forEach(network -> routed.put(network, client));
    return List.copyOf(networks);
  }

  private @Nullable String fault(Cidr network) {
    String unusable = RoutedNetworks.unusable(network);
    if (unusable != null) {
      return network + " " + unusable;
    }
    for (Map.Entry<Cidr, YamlDocument> other : routed.entrySet()) {
      if (other.getKey().overlaps(network)) {
        return network
            + " overlaps "
            + other.getKey()
            + " of "
            + other.getValue().title()
            + " on line "
            + other.getValue().line("spec.routedCIDRs")
            + "; take it out of one of them";
      }
    }
    return RoutedNetworks.taken(network, own);
  }

  private @Nullable IpAddress address(YamlDocument client, String field, String text) {
    IpAddress address = IpAddress.parse(text);
    if (address == null) {
      problems.add(
          client.problem(
              field, text + " is no IP address; write one of " + networks.ipv4() + " or none"));
      return null;
    }
    boolean first = field.endsWith("[0]");
    if (first) {
      String unusable =
          address.isIpv6()
              ? "is not the IPv4 address, which comes first"
              : networks.unusable(address);
      if (unusable != null) {
        problems.add(
            client.problem(
                field,
                address
                    + " "
                    + unusable
                    + "; choose one of "
                    + networks.firstHost()
                    + " to "
                    + networks.lastHost()));
        return null;
      }
    }
    YamlDocument other = taken.putIfAbsent(address, client);
    if (other != null) {
      problems.add(
          client.problem(
              field,
              address
                  + " is also the address of "
                  + other.title()
                  + " on line "
                  + other.line("spec.addresses")
                  + "; choose another for one of them"));
    }
    return address;
  }

  private void checkIpv6(YamlDocument client, IpAddress ipv4, IpAddress ipv6) {
    IpAddress expected = networks.ipv6Of(ipv4);
    if (expected == null) {
      problems.add(
          client.problem(
              "spec.addresses[1]", ipv6 + " is outside the cluster's networks; leave it out"));
    } else if (!expected.equals(ipv6)) {
      problems.add(
          client.problem(
              "spec.addresses[1]",
              ipv6 + " does not go with " + ipv4 + "; write " + expected + " or leave it out"));
    }
  }

  private @Nullable Instant notAfter(YamlDocument client, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      problems.add(
          client.problem(
              "spec.notAfter", text + " is no time; write one such as 2027-01-31T18:00:00Z"));
      return null;
    }
  }
}
