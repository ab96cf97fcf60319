package dev.ovenbird.app.roster;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options that a client is pushed, as text, in an order that never changes: a client keeps its
 * TUN over a reconnect only if all of them are the same (digest 6.3). Syntax: digest 6.4. What the
 * protocol negotiates (peer-id, cipher, ping …) is not here.
 */
public final class PushOptions {
  /** A client takes at most 256 bytes and 16 words per option (digest 6.1). */
  private static final int MAX_OPTION = 250;

  private static final int MAX_WORDS = 14;

  /** More than this many DOMAIN-SEARCH are ignored by clients. */
  private static final int MAX_SEARCH_DOMAINS = 10;

  /** What every client has without being told (digest 6.4). */
  private static final int USUAL_MTU = 1500;

  /**
   * Instances send runs of packets, up to 64 KB by one call, and the default of a client's system
   * (208 kB with Linux, of which a full packet takes 2.3) has no room for several. Systems that
   * allow less give what they allow.
   */
  private static final int RECEIVE_BUFFER = 1 << 20;

  private final Cidr network;
  private final String gateway;
  private final int ipv6Bits;
  private final @Nullable String ipv6Gateway;
  private final List<Cidr> routes;
  private final List<Cidr> netGateway;
  private final List<String> dnsServers;
  private final List<String> dnsDomains;
  private final DefaultRoute defaultRoute;
  private final int mtu;

  public PushOptions(InstanceConfig config) {
    InstanceConfig.Network tunnel = config.network();
    network = Cidr.parse(tunnel.ipv4());
    gateway = tunnel.ipv4Gateway();
    ipv6Bits = tunnel.ipv6() == null ? 0 : Cidr.parse(tunnel.ipv6()).familyLength();
    ipv6Gateway =
        tunnel.ipv6Gateway() == null ? null : Cidr.parse(tunnel.ipv6Gateway()).addressText();
    routes = config.push().routes().stream().map(Cidr::parse).distinct().toList();
    List<String> inside = config.push().netGatewayAddresses();
    netGateway = inside == null ? List.of() : inside.stream().map(Cidr::parse).distinct().toList();
    Set<String> servers = new LinkedHashSet<>(config.push().dnsServers());
    if (config.pushedDnsServer() != null) {
      servers.add(config.pushedDnsServer());
    }
    dnsServers = List.copyOf(servers);
    dnsDomains = config.push().dnsDomains();
    defaultRoute = config.push().defaultRoute();
    mtu = tunnel.mtu();
  }

  /**
   * @param addresses the client's: IPv4, then perhaps IPv6
   * @param behind networks behind the client, to which it needs no route
   * @param info decides between {@code dns} and the older {@code dhcp-option}, and whether the
   *     client takes an MTU: one that does not say so (up to 2.5) refuses it
   * @param path how it comes: only UDP has a packet that announces an exit, and loses what finds no
   *     room in a buffer
   */
  List<String> forClient(List<byte[]> addresses, List<Cidr> behind, PeerInfo info, LinkPath path) {
    boolean ipv6 = addresses.size() > 1 && ipv6Gateway != null;
    List<String> options = new ArrayList<>();
    options.add("topology subnet");
    options.add("route-gateway " + gateway);
    routes(options, ipv6, behind);
    if (info.supports(IvProto.DNS_OPTION_V2)) {
      dns(options);
    } else {
      dhcpOptions(options, info);
      if (info.supports(IvProto.DNS_OPTION)) {
        earlyDns(options);
      }
    }
    boolean blocksIpv6 = redirect(options, ipv6);
    if (path.transport() == Transport.UDP) {
      options.add("explicit-exit-notify 1");
      options.add("rcvbuf " + RECEIVE_BUFFER);
    }
    if (ipv6) {
      options.add(
          "ifconfig-ipv6 "
              + Cidr.host(addresses.get(1)).addressText()
              + "/"
              + ipv6Bits
              + " "
              + Objects.requireNonNull(ipv6Gateway));
    } else if (blocksIpv6) {
      // The manual's recipe: an address of no use, so that there is a device to refuse IPv6 on.
      options.add("ifconfig-ipv6 fd15:53b6:dead::2/64 fd15:53b6:dead::1");
    }
    options.add("ifconfig " + Cidr.host(addresses.get(0)).addressText() + " " + netmask(network));
    if (mtu != USUAL_MTU && info.mtu() >= mtu) {
      options.add("tun-mtu " + mtu);
    }
    return List.copyOf(options);
  }

  private void routes(List<String> options, boolean ipv6, List<Cidr> behind) {
    for (Cidr route : routes) {
      if (behind.stream().anyMatch(network -> network.contains(route))) {
        continue;
      }
      if (!route.isIpv6()) {
        options.add("route " + route.addressText() + " " + netmask(route));
      } else if (ipv6) {
        options.add("route-ipv6 " + route);
      }
    }
    for (Cidr endpoint : netGateway) {
      // Else the tunnel's own packets would be routed into the tunnel. Only IPv4 has a word for it;
      // for IPv6 a client keeps the route to its server's address itself.
      if (!endpoint.isIpv6()) {
        options.add("route " + endpoint.addressText() + " 255.255.255.255 net_gateway");
      }
    }
  }

  private void dns(List<String> options) {
    words(options, "dns search-domains", dnsDomains);
    if (!dnsServers.isEmpty()) {
      words(options, "dns server 0 address", dnsServers);
      if (defaultRoute == DefaultRoute.None) {
        words(options, "dns server 0 resolve-domains", dnsDomains);
      }
    }
  }

  /**
   * 2.6 takes one address of each family for a server, so that there are as many servers as it
   * takes. It makes up its DNS and DOMAIN-SEARCH from these, for scripts that know no others.
   */
  private void earlyDns(List<String> options) {
    if (dnsServers.isEmpty()) {
      return;
    }
    words(options, "dns search-domains", dnsDomains);
    List<String> ipv4 = dnsServers.stream().filter(server -> !server.contains(":")).toList();
    List<String> ipv6 = dnsServers.stream().filter(server -> server.contains(":")).toList();
    for (int i = 0; i < Math.max(ipv4.size(), ipv6.size()); i++) {
      String server = "dns server " + i;
      options.add(
          server
              + " address"
              + (i < ipv4.size() ? " " + ipv4.get(i) : "")
              + (i < ipv6.size() ? " " + ipv6.get(i) : ""));
      if (defaultRoute == DefaultRoute.None) {
        words(options, server + " resolve-domains", dnsDomains);
      }
    }
  }

  private static void words(List<String> options, String option, List<String> words) {
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (String word : words) {
      if (count > 0 && (count == MAX_WORDS || text.length() + 1 + word.length() > MAX_OPTION)) {
        options.add(text.toString());
        count = 0;
      }
      if (count == 0) {
        text.setLength(0);
        text.append(option);
      }
      text.append(' ').append(word);
      count++;
    }
    if (count > 0) {
      options.add(text.toString());
    }
  }

  private void dhcpOptions(List<String> options, PeerInfo info) {
    for (String server : dnsServers) {
      options.add("dhcp-option DNS " + server);
    }
    if (!dnsDomains.isEmpty()) {
      options.add("dhcp-option DOMAIN " + dnsDomains.get(0));
    }
    if (dnsDomains.size() > 1) {
      for (String domain : dnsDomains.subList(0, Math.min(dnsDomains.size(), MAX_SEARCH_DOMAINS))) {
        options.add("dhcp-option DOMAIN-SEARCH " + domain);
      }
    }
    // Only scripts for systemd-resolved know it: those names go here, and no others.
    if (defaultRoute == DefaultRoute.None && info.platform().equals("linux")) {
      dnsDomains.forEach(domain -> options.add("dhcp-option DOMAIN-ROUTE " + domain));
    }
  }

  /** Whether the client must refuse IPv6, because all of it was asked for and there is none. */
  private boolean redirect(List<String> options, boolean ipv6) {
    switch (defaultRoute) {
      case None -> {
        return false;
      }
      case IPv4 -> {
        options.add("redirect-gateway def1");
        return false;
      }
      case IPv6 -> options.add("redirect-gateway def1 ipv6 !ipv4");
      case DualStack -> options.add("redirect-gateway def1 ipv6");
    }
    if (!ipv6) {
      options.add("block-ipv6");
    }
    return !ipv6;
  }

  private static String netmask(Cidr prefix) {
    int bits = prefix.familyLength();
    int mask = bits == 0 ? 0 : -1 << (32 - bits);
    return Cidr.host(ByteBuffer.allocate(4).putInt(mask).array()).addressText();
  }
}
