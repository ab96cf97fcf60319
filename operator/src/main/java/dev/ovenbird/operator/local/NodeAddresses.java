package dev.ovenbird.operator.local;

import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** This machine's addresses, as endpoints.type Auto takes them. */
final class NodeAddresses {
  static final String NODE = "local";

  // Any address of the Internet: connecting a UDP socket sends nothing, it only asks for a route.
  private static final String IPV4_PROBE = "192.88.99.1";
  private static final String IPV6_PROBE = "2001:4860:4860::8888";
  private static final Cidr GLOBAL_IPV6 = Objects.requireNonNull(Cidr.parse("2000::/3"));

  private NodeAddresses() {}

  /** The addresses that packets to elsewhere leave from; without a default route any other. */
  static Node node() {
    List<IpAddress> addresses = new ArrayList<>();
    IpAddress ipv4 = source(IPV4_PROBE);
    if (ipv4 == null) {
      ipv4 = anyIpv4();
    }
    addresses.add(ipv4 == null ? Objects.requireNonNull(IpAddress.parse("127.0.0.1")) : ipv4);
    IpAddress ipv6 = source(IPV6_PROBE);
    if (ipv6 != null && GLOBAL_IPV6.contains(ipv6)) {
      addresses.add(ipv6);
    }
    return new Node(NODE, List.of(), List.copyOf(addresses));
  }

  private static @Nullable IpAddress source(String destination) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(destination), 9));
      InetAddress local = socket.getLocalAddress();
      boolean other = local instanceof Inet6Address != destination.contains(":");
      return other || local.isAnyLocalAddress() || local.isLoopbackAddress()
          ? null
          : IpAddress.of(local.getAddress());
    } catch (IOException | UncheckedIOException e) {
      return null; // No route.
    }
  }

  private static @Nullable IpAddress anyIpv4() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(one -> !one.getName().startsWith("ovb"))
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !(address instanceof Inet6Address))
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .findFirst()
          .map(address -> IpAddress.of(address.getAddress()))
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }
}
