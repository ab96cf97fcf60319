package dev.ovenbird.operator.local;

/** Resource files of tests. */
final class LocalYaml {
  private LocalYaml() {}

  /** Two lanes and these clients. */
  static String cluster(String... clients) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: ovenbird.dev/v1alpha1
            kind: VpnCluster
            metadata: {name: office}
            spec:
              networkCIDRs: [10.88.0.0/16, "fd00:88::/64"]
              instances: {perNode: 2}
              listeners: [{name: udp, protocol: UDP, port: 11940}]
            """);
    for (String client : clients) {
      yaml.append(
          """
          ---
          apiVersion: ovenbird.dev/v1alpha1
          kind: VpnClient
          metadata: {name: %s}
          spec:
            clusterRef: {name: office}
          """
              .formatted(client));
    }
    return yaml.toString();
  }
}
