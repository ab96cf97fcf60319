package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The network that the tests run in: client namespaces and a server namespace on one bridge (its
 * own namespace, where relays run), and a service namespace behind the server. Every part has IPv4
 * and IPv6.
 */
public final class Lab {
  /** The server as clients reach it. */
  public static final String SERVER_IPV4 = "192.0.2.1";

  public static final String SERVER_IPV6 = "2001:db8::1";

  /** The bridge, as clients and server reach it. */
  public static final String WAN_IPV4 = "192.0.2.254";

  public static final String WAN_IPV6 = "2001:db8::fe";

  /** What the tunnel is for. */
  public static final String SERVICE_IPV4 = "10.96.0.10";

  public static final String SERVICE_IPV6 = "fd00:96::10";

  /** The server's own addresses on the service's side: inside the pushed routes, and refused. */
  public static final String INSIDE_IPV4 = "10.96.0.1";

  public static final String INSIDE_IPV6 = "fd00:96::1";

  /** A metadata service, on the service's side; the server has a route to it. */
  public static final String METADATA_IPV4 = "169.254.169.254";

  private final Namespace wan;
  private final Namespace server;
  private final Namespace service;
  private final List<Namespace> clients = new ArrayList<>();

  private Lab(Scope scope, int clientCount) {
    Namespace.sweep();
    wan = Namespace.create(scope, "wan");
    wan.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    wan.ip("link", "set", "br0", "up");
    address(wan, "br0", WAN_IPV4 + "/24", WAN_IPV6 + "/64");
    server = Namespace.create(scope, "srv");
    attach(server, "srv", SERVER_IPV4, SERVER_IPV6);
    service = Namespace.create(scope, "svc");
    server.ip("link", "add", "inside", "type", "veth", "peer", "eth0", "netns", service.name());
    server.ip("link", "set", "inside", "up");
    service.ip("link", "set", "eth0", "up");
    address(server, "inside", INSIDE_IPV4 + "/24", INSIDE_IPV6 + "/64");
    address(service, "eth0", SERVICE_IPV4 + "/24", SERVICE_IPV6 + "/64");
    service.ip("addr", "add", METADATA_IPV4 + "/32", "dev", "lo");
    service.ip("route", "add", "default", "via", INSIDE_IPV4);
    service.ip("-6", "route", "add", "default", "via", INSIDE_IPV6);
    server.ip("route", "add", METADATA_IPV4 + "/32", "via", SERVICE_IPV4);
    for (int i = 0; i < clientCount; i++) {
      Namespace client = Namespace.create(scope, "c" + i);
      attach(client, "c" + i, clientIpv4(i), "2001:db8::" + (11 + i));
      // As at home: something out there for what is not the tunnel's.
      client.ip("route", "add", "default", "via", WAN_IPV4);
      client.ip("-6", "route", "add", "default", "via", WAN_IPV6);
      clients.add(client);
    }
  }

  /** Makes the namespaces and links; the scope takes them away. Needs root. */
  public static Lab create(Scope scope, int clients) {
    Lab lab = new Lab(scope, clients);
    awaitIpv6(lab.server, "eth0", "inside");
    awaitIpv6(lab.service, "eth0");
    lab.clients.forEach(client -> awaitIpv6(client, "eth0"));
    return lab;
  }

  /**
   * The kernel adds an IPv6 address's own route on a thread of its own, after {@code ip addr add}
   * has returned; until then what is sent there is lost.
   */
  private static void awaitIpv6(Namespace namespace, String... links) {
    for (String link : links) {
      Await.until(
          "the global and the link-local address of " + link,
          Duration.ofSeconds(30),
          () -> namespace.ip("-6", "route", "show", "table", "local", "dev", link).lines().toList(),
          routes ->
              routes.stream().filter(it -> it.startsWith("local ")).count() >= 2
                  && routes.stream().anyMatch(it -> it.startsWith("local fe80:")));
    }
  }

  private void attach(Namespace namespace, String port, String ipv4, String ipv6) {
    namespace.ip("link", "add", "eth0", "type", "veth", "peer", port, "netns", wan.name());
    wan.ip("link", "set", port, "master", "br0", "up");
    namespace.ip("link", "set", "eth0", "up");
    address(namespace, "eth0", ipv4 + "/24", ipv6 + "/64");
  }

  private static void address(Namespace namespace, String link, String ipv4, String ipv6) {
    namespace.ip("addr", "add", ipv4, "dev", link);
    namespace.ip("addr", "add", ipv6, "dev", link, "nodad");
  }

  public static String clientIpv4(int client) {
    return "192.0.2." + (11 + client);
  }

  public Namespace wan() {
    return wan;
  }

  public Namespace server() {
    return server;
  }

  public Namespace service() {
    return service;
  }

  public Namespace client(int number) {
    return clients.get(number);
  }
}
