package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.VpnClientSpec;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks clients against their cluster and one another. */
final class ClientCheck {
  private final YamlDocument cluster;
  private final TunnelNetworks networks;
  private final List<Problem> problems;
  private final Map<IpAddress, YamlDocument> taken = new HashMap<>();

  ClientCheck(YamlDocument cluster, TunnelNetworks networks, List<Problem> problems) {
    this.cluster = cluster;
    this.networks = networks;
    this.problems = problems;
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
        client.line("spec.addresses"));
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
