package dev.ovenbird.server.link;

import dev.ovenbird.server.route.Cidr;
import java.net.InetAddress;

/** Java's addresses as the two numbers of a LinkPath. */
final class Addresses {
  private Addresses() {}

  static long high(InetAddress address) {
    return Cidr.host(address.getAddress()).high();
  }

  static long low(InetAddress address) {
    return Cidr.host(address.getAddress()).low();
  }
}
