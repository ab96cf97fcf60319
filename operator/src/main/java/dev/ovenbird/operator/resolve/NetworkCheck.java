package dev.ovenbird.operator.resolve;

import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks CIDRs wherever they stand, and a cluster's own networks. */
final class NetworkCheck {
  private static final int MIN_IPV4_PREFIX = 8;
  private static final int MAX_IPV4_PREFIX = 29; // Gateway and five clients.

  private final Problems problems;
  private int found;

  NetworkCheck(Problems problems) {
    this.problems = problems;
  }

  /** A cluster's networks; null if they can't be used. */
  @Nullable TunnelNetworks check(List<String> texts) {
    Cidr ipv4 = null;
    Cidr ipv6 = null;
    int before = found;
    for (int i = 0; i < texts.size(); i++) {
      String field = "spec.networkCIDRs[" + i + "]";
      Cidr cidr = cidr(field, texts.get(i));
      if (cidr == null) {
        continue;
      }
      if (cidr.network().isSpecial()) {
        problem(field, cidr + " is not for hosts; take a private network such as 10.88.0.0/16");
      }
      if (cidr.isIpv6() ? ipv6 != null : ipv4 != null) {
        problem(field, cidr + " is a second network of its family; give one IPv4, one IPv6");
      } else if (cidr.isIpv6()) {
        ipv6 = cidr;
      } else {
        ipv4 = cidr;
        if (cidr.prefix() < MIN_IPV4_PREFIX || cidr.prefix() > MAX_IPV4_PREFIX) {
          problem(field, cidr + " has not the right size; give a prefix of 8 to 29 bits");
        }
      }
    }
    if (ipv4 == null && found == before) {
      problem("spec.networkCIDRs", "has no IPv4 network; add one such as 10.88.0.0/16");
    }
    if (ipv4 != null && ipv6 != null && ipv6.hostBits() < ipv4.hostBits()) {
      problem(
          "spec.networkCIDRs",
          ipv6 + " has fewer addresses than " + ipv4 + "; give a /64 for IPv6");
    }
    return ipv4 == null || found > before ? null : new TunnelNetworks(ipv4, ipv6);
  }

  void cidrs(String field, List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      cidr(field + "[" + i + "]", texts.get(i));
    }
  }

  void addresses(String field, List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      if (IpAddress.parse(texts.get(i)) == null) {
        problem(
            field + "[" + i + "]",
            texts.get(i) + " is no IP address; write one such as 192.0.2.1 or 2001:db8::1");
      }
    }
  }

  /** Null, and a problem more, if it is none. */
  @Nullable Cidr cidr(String field, String text) {
    Cidr cidr = Cidr.parse(text);
    if (cidr != null) {
      return cidr;
    }
    int slash = text.indexOf('/');
    IpAddress address = slash < 0 ? null : IpAddress.parse(text.substring(0, slash));
    String bits = slash < 0 ? "" : text.substring(slash + 1);
    if (address != null && bits.matches("[0-9]{1,3}") && Integer.parseInt(bits) <= address.bits()) {
      Cidr network = new Cidr(address, Integer.parseInt(bits)).cleared();
      problem(field, text + " has host bits set; write " + network);
    } else {
      problem(field, text + " is no CIDR; write one such as 10.88.0.0/16 or fd00:88::/64");
    }
    return null;
  }

  private void problem(String field, String message) {
    found++;
    problems.add(field, message);
  }
}
