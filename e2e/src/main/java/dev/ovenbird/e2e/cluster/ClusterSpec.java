package dev.ovenbird.e2e.cluster;

import dev.ovenbird.e2e.net.Lab;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The YAML that a cluster is started from: a VpnCluster and its VpnClients. */
public final class ClusterSpec {
  /** UDP port of lane 0. */
  public static final int UDP_PORT = 1194;

  /** TCP port of lane 0. */
  public static final int TCP_PORT = 4430;

  private final Map<String, String> spec = new LinkedHashMap<>();
  private final Map<String, String> clients = new LinkedHashMap<>();

  /** Two lanes, UDP and TCP, fast keepalive, the service's networks pushed, no clients. */
  public ClusterSpec() {
    set("networkCIDRs", "[10.88.0.0/16, fd00:88::/64]");
    set("instances", "{perNode: 2}");
    set(
        "listeners",
        String.format(
            Locale.ROOT,
            "[{name: udp, protocol: UDP, port: %d}, {name: tcp, protocol: TCP, port: %d}]",
            UDP_PORT,
            TCP_PORT));
    set("endpoints", "{type: Hosts, hosts: [{node: \"*\", host: " + Lab.SERVER_IPV4 + "}]}");
    set("push", "{routes: [10.96.0.0/12, \"fd00:96::/64\"]}");
    set("keepalive", "{interval: 4s, timeout: 14s}");
  }

  /** Sets a field of the cluster's spec to YAML on one line. */
  public ClusterSpec set(String field, String yaml) {
    spec.put(field, yaml);
    return this;
  }

  public ClusterSpec lanes(int lanes) {
    return set("instances", "{perNode: " + lanes + "}");
  }

  /** The same, each with a spare process. */
  public ClusterSpec lanesWithSpare(int lanes) {
    return set("instances", "{perNode: " + lanes + ", spare: Enabled}");
  }

  public ClusterSpec renegotiation(String interval) {
    return set("tls", "{renegotiation: " + interval + "}");
  }

  /** Adds a client, or changes one. */
  public ClusterSpec client(String name) {
    return client(name, "");
  }

  /** The same with further fields of its spec, each beginning with a comma. */
  public ClusterSpec client(String name, String fields) {
    clients.put(name, fields);
    return this;
  }

  public ClusterSpec without(String client) {
    clients.remove(client);
    return this;
  }

  public String yaml() {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: ovenbird.dev/v1alpha1
            kind: VpnCluster
            metadata: {name: office, namespace: vpn}
            spec:
            """);
    spec.forEach((field, value) -> yaml.append("  " + field + ": " + value + "\n"));
    clients.forEach(
        (name, fields) ->
            yaml.append(
                """
                ---
                apiVersion: ovenbird.dev/v1alpha1
                kind: VpnClient
                metadata: {name: %s, namespace: vpn}
                spec: {clusterRef: {name: office}%s}
                """
                    .formatted(name, fields)));
    return yaml.toString();
  }
}
