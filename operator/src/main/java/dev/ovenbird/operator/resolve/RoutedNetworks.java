package dev.ovenbird.operator.resolve;

import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which networks behind clients are led to them, and why others are not. Of two clients that name
 * overlapping ones the older has its own, whatever else becomes of that; so it depends on what is
 * named alone, and whoever looks finds the same.
 */
public final class RoutedNetworks {
  private static final int MIN_IPV4_PREFIX = 8;
  private static final int MIN_IPV6_PREFIX = 16;

  /** Multicast and what comes after it. */
  private static final Cidr NO_HOSTS = Objects.requireNonNull(Cidr.parse("224.0.0.0/3"));

  private static final Comparator<Site> AGE =
      Comparator.comparing(Site::created).thenComparing(Site::name);

  /**
   * A client with what it names.
   *
   * @param created RFC 3339, as the API server gave it
   */
  public record Site(String name, String created, List<Cidr> networks) {}

  /**
   * What no client may have behind it.
   *
   * @param owner such as "the address of node n1"
   */
  public record Taken(Cidr network, String owner) {}

  /**
   * What becomes of a client's networks.
   *
   * @param routed canonical, in the order in which they are named
   * @param faults one for each of the others: what is wrong, and what to do
   */
  public record Outcome(List<String> routed, List<String> faults) {}

  private RoutedNetworks() {}

  /** The outcome for one client among others of its cluster. */
  public static Outcome of(Site site, Collection<Site> others, Collection<Taken> taken) {
    List<Site> older =
        others.stream().filter(other -> AGE.compare(other, site) < 0).sorted(AGE).toList();
    List<String> routed = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    for (Cidr network : site.networks().stream().distinct().toList()) {
      String fault = unusable(network);
      fault = fault != null ? network + " " + fault : taken(network, taken);
      fault = fault != null ? fault : named(network, older);
      if (fault == null) {
        routed.add(network.toString());
      } else {
        faults.add(fault);
      }
    }
    return new Outcome(List.copyOf(routed), List.copyOf(faults));
  }

  /** What makes it no site's network, in words for a person; null if it may be one. */
  static @Nullable String unusable(Cidr network) {
    int least = network.isIpv6() ? MIN_IPV6_PREFIX : MIN_IPV4_PREFIX;
    IpAddress first = network.network();
    if (network.prefix() < least) {
      return "is larger than a site; give a prefix of at least 8 bits (IPv4) or 16 (IPv6)";
    } else if (first.isSpecial() || NO_HOSTS.contains(first)) {
      return "is not for hosts; give the network of a site such as 192.168.50.0/24";
    }
    return null;
  }

  static @Nullable String taken(Cidr network, Collection<Taken> taken) {
    for (Taken one : taken) {
      if (one.network().overlaps(network)) {
        return network + " overlaps " + one.network() + ", " + one.owner() + "; leave it out";
      }
    }
    return null;
  }

  private static @Nullable String named(Cidr network, List<Site> older) {
    for (Site other : older) {
      for (Cidr its : other.networks()) {
        if (its.overlaps(network)) {
          return network
              + " overlaps "
              + its
              + " of VpnClient "
              + other.name()
              + ", which is older; take it out of one of them";
        }
      }
    }
    return null;
  }
}
