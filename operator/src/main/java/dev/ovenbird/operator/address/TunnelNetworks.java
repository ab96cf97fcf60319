package dev.ovenbird.operator.address;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cluster's networks; an IPv6 address is the IPv6 network plus the IPv4 host part. */
public record TunnelNetworks(Cidr ipv4, @Nullable Cidr ipv6) {

  /** Networks that have been checked: one IPv4 and at most one IPv6. */
  public static TunnelNetworks of(List<String> cidrs) {
    Cidr ipv4 = null;
    Cidr ipv6 = null;
    for (String text : cidrs) {
      Cidr cidr = Objects.requireNonNull(Cidr.parse(text), text);
      if (cidr.isIpv6()) {
        ipv6 = cidr;
      } else {
        ipv4 = cidr;
      }
    }
    return new TunnelNetworks(Objects.requireNonNull(ipv4, "no IPv4 network"), ipv6);
  }

  /** Both as canonical text, IPv4 first. */
  public List<String> cidrs() {
    return ipv6 == null ? List.of(ipv4.toString()) : List.of(ipv4.toString(), ipv6.toString());
  }

  /** What makes this IPv4 address no client's, in words for a person; null if it may be. */
  public @Nullable String unusable(IpAddress address) {
    if (!ipv4.contains(address)) {
      return "is outside the network " + ipv4;
    } else if (address.equals(ipv4.network())) {
      return "is the address of the network " + ipv4 + " itself";
    } else if (address.equals(ipv4.gateway())) {
      return "is the gateway of " + ipv4;
    } else if (address.equals(ipv4.last())) {
      return "is the broadcast address of " + ipv4;
    }
    return null;
  }

  public IpAddress firstHost() {
    return ipv4.gateway().plus(BigInteger.ONE);
  }

  public IpAddress lastHost() {
    return ipv4.last().plus(BigInteger.ONE.negate());
  }

  /** The IPv6 address that goes with an IPv4 address; null without IPv6. */
  public @Nullable IpAddress ipv6Of(IpAddress address) {
    return ipv6 == null
        ? null
        : ipv6.network().plus(address.value().subtract(ipv4.network().value()));
  }

  /** Both addresses of a client as text, IPv4 first. */
  public List<String> addresses(IpAddress address) {
    List<String> all = new ArrayList<>();
    all.add(address.toString());
    IpAddress six = ipv6Of(address);
    if (six != null) {
      all.add(six.toString());
    }
    return List.copyOf(all);
  }
}
