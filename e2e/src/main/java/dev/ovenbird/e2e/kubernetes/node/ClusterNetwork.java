package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The hub, a router of three networks: the nodes' bridge, the people outside, the internet. As in a
 * data centre, nothing comes in from outside to pods and Services.
 */
final class ClusterNetwork {
  /** States of a bridge's port (if_bridge.h). */
  private static final String DISABLED = "0";

  private static final String FORWARDING = "3";

  static final String BRIDGE = "nodes";
  private static final String OUTSIDE = "outside";
  private static final String INTERNET = "internet";

  private static final String WALL =
      """
      table inet hub {
        chain forward {
          type filter hook forward priority filter
          iifname { "%s", "%s" } ip daddr { %s, %s } drop
        }
      }
      """
          .formatted(OUTSIDE, INTERNET, Subnets.PODS, Subnets.SERVICES);

  private final Scope scope;
  private final String cluster;
  private final Namespace hub;
  private final Namespace internet;
  private final HostLink hostLink;
  private final Map<Integer, Namespace> outside = new TreeMap<>();

  ClusterNetwork(Scope scope, String cluster, Path folder) {
    this.scope = scope;
    this.cluster = cluster;
    hub = Namespace.create(scope, cluster + "-hub");
    hub.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    bridge(BRIDGE, Subnets.HUB);
    bridge(OUTSIDE, Subnets.OUTSIDE_ROUTER);
    internet = Namespace.create(scope, cluster + "-internet");
    hub.ip("link", "add", INTERNET, "type", "veth", "peer", "eth0", "netns", internet.name());
    hub.ip("addr", "add", Subnets.INTERNET_ROUTER + "/24", "dev", INTERNET);
    hub.ip("link", "set", INTERNET, "up");
    hub.ip("route", "add", Subnets.METADATA, "via", Subnets.INTERNET);
    internet.ip("addr", "add", Subnets.INTERNET + "/24", "dev", "eth0");
    internet.ip("addr", "add", Subnets.METADATA + "/32", "dev", "lo");
    internet.ip("link", "set", "eth0", "up");
    internet.ip("route", "add", "default", "via", Subnets.INTERNET_ROUTER);
    hostLink = scope.add(HostLink.create(hub));
    try {
      Path wall = Files.writeString(folder.resolve("hub.nft"), WALL);
      hub.run("nft", "-f", wall.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void bridge(String name, String address) {
    hub.ip("link", "add", name, "type", "bridge", "mcast_snooping", "0");
    hub.ip("addr", "add", address + "/24", "dev", name);
    hub.ip("link", "set", name, "up");
  }

  Namespace hub() {
    return hub;
  }

  Namespace internet() {
    return internet;
  }

  /** The API server's address for this machine. */
  String hostAddress() {
    return hostLink.hubAddress();
  }

  /** A namespace with one link to a bridge of the hub, named {@code port} there. */
  Namespace attach(Scope owner, String role, String bridge, String port, String address) {
    Namespace namespace = Namespace.create(owner, cluster + "-" + role);
    namespace.ip("link", "add", "eth0", "type", "veth", "peer", port, "netns", hub.name());
    namespace.ip("addr", "add", address + "/24", "dev", "eth0");
    namespace.ip("link", "set", "eth0", "up");
    hub.ip("link", "set", port, "master", bridge, "up");
    namespace.ip(
        "route",
        "add",
        "default",
        "via",
        bridge.equals(BRIDGE) ? Subnets.HUB : Subnets.OUTSIDE_ROUTER);
    return namespace;
  }

  /** The place of a person outside, made when first asked for. */
  synchronized Namespace outside(int number) {
    return outside.computeIfAbsent(
        number, it -> attach(scope, "outside" + it, OUTSIDE, "person" + it, Subnets.outside(it)));
  }

  /** Runs {@code ip link} in the hub. */
  String link(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "link";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return hub.ip(command);
  }

  /** Lets the bridge pass frames of a port, or none; ip can't say that. */
  void forward(String port, boolean pass) {
    hub.run("bridge", "link", "set", "dev", port, "state", pass ? FORWARDING : DISABLED);
  }

  /** The same for what may be gone already. */
  void dropLink(String name) {
    Command.attempt(
        java.time.Duration.ofSeconds(10),
        java.util.List.of("ip", "-n", hub.name(), "link", "delete", name));
  }
}
