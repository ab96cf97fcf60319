package dev.ovenbird.crds.instance;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one instance needs to run, as JSON. The operator plans it; the agent maps it to the
 * server's own configuration. Paths are absolute. CIDRs and addresses are text.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record InstanceConfig(
    String namespace,
    String clusterName,
    String clusterUid,
    String node,
    int lane,
    String tunName,
    Network network,
    List<Listener> listeners,
    Push push,
    List<String> allowedDestinations,
    ClientToClient clientToClient,
    Egress egress,
    Tls tls,
    Keepalive keepalive,
    Limits limits,
    Files files,
    @Nullable String controlSocket,
    @Nullable String httpAddress,
    @Nullable String pushedDnsServer) {

  /**
   * Addresses inside the tunnel; the gateway is the first of each and the same on every instance.
   */
  public record Network(
      String ipv4,
      String ipv4Gateway,
      @Nullable String ipv6,
      @Nullable String ipv6Gateway,
      int mtu) {}

  /** One socket to listen on; no addresses = every address of the node, IPv4 and IPv6. */
  public record Listener(String name, Protocol protocol, int port, List<String> addresses) {}

  public enum Protocol {
    UDP,
    TCP
  }

  /**
   * What clients are told.
   *
   * @param netGatewayAddresses endpoints that lie inside a pushed route; clients are to reach them
   *     by their own gateway (net_gateway), or the tunnel's packets would go into the tunnel
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Push(
      List<String> routes,
      List<String> dnsServers,
      List<String> dnsDomains,
      DefaultRoute defaultRoute,
      @Nullable List<String> netGatewayAddresses) {
    /** Without exceptions. */
    public Push(
        List<String> routes,
        List<String> dnsServers,
        List<String> dnsDomains,
        DefaultRoute defaultRoute) {
      this(routes, dnsServers, dnsDomains, defaultRoute, null);
    }
  }

  public enum DefaultRoute {
    None,
    IPv4,
    IPv6,
    DualStack
  }

  public enum ClientToClient {
    Deny,
    Allow
  }

  public enum Egress {
    Masquerade,
    Routed
  }

  /** Control channel and ciphers; minVersion is VersionTLS12 or VersionTLS13. */
  public record Tls(
      String minVersion, List<String> dataCiphers, int renegotiationSeconds, String serverName) {}

  public record Keepalive(int intervalSeconds, int timeoutSeconds) {}

  public record Limits(int maxClients, long maxRosterStalenessSeconds) {}

  /**
   * Where keys and the roster lie.
   *
   * @param certificateChain PEM: the instance's certificate, then what leads to the CA
   * @param privateKey PEM, PKCS#8
   * @param clientCas PEM: the CAs whose clients are accepted
   * @param tlsCryptV2ServerKeys PEM server keys, newest first; all unwrap
   * @param roster the roster, JSON; replaced by rename when it changes
   */
  public record Files(
      String certificateChain,
      String privateKey,
      String clientCas,
      String tlsCryptV2ServerKeys,
      String roster) {}
}
