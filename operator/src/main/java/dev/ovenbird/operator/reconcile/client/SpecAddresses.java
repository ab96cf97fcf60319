package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client's spec.addresses says.
 *
 * @param ipv4 null if it says nothing, or nothing that can be
 * @param fault what is wrong and what to do; null if nothing is
 */
record SpecAddresses(@Nullable IpAddress ipv4, @Nullable String fault) {

  static SpecAddresses of(List<String> addresses, TunnelNetworks networks) {
    if (addresses.isEmpty()) {
      return new SpecAddresses(null, null);
    }
    String text = addresses.getFirst();
    IpAddress ipv4 = IpAddress.parse(text);
    String range = "; choose one of " + networks.firstHost() + " to " + networks.lastHost();
    if (ipv4 == null || ipv4.isIpv6()) {
      return fault(text + " is no IPv4 address, which comes first" + range);
    }
    String unusable = networks.unusable(ipv4);
    if (unusable != null) {
      return fault(ipv4 + " " + unusable + range);
    }
    if (addresses.size() > 1) {
      IpAddress expected = networks.ipv6Of(ipv4);
      String second = addresses.get(1);
      if (expected == null) {
        return fault(second + " is outside the cluster's networks; leave it out");
      } else if (!expected.equals(IpAddress.parse(second))) {
        return fault(
            second + " does not go with " + ipv4 + "; write " + expected + " or leave it out");
      }
    }
    return new SpecAddresses(ipv4, null);
  }

  private static SpecAddresses fault(String text) {
    return new SpecAddresses(null, "spec.addresses: " + text);
  }
}
