package dev.ovenbird.crds.instance;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one instance needs to run, as JSON. The operator plans it; the agent maps it to the
 * server's own configuration. Paths are absolute. CIDRs and addresses are text.
 *
 * @param node the node's name; {@link #NODE} where one configuration is for all nodes: the agent
 *     puts in the name that the downward API gave it
 * @param pushedDnsServer where clients ask besides push.dnsServers; the gateway's address: the
 *     instance answers there
 * @param nodeAddresses of nodes, as far as they lie in an allowed destination that does not name
 *     them; refused
 * @param authentication what clients need besides their certificate; null = nothing
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
    @Nullable String pushedDnsServer,
    @Nullable List<String> nodeAddresses,
    @Nullable Authentication authentication) {
  /** For clients with certificates alone. */
  public InstanceConfig(
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
      @Nullable String pushedDnsServer,
      @Nullable List<String> nodeAddresses) {
    this(
        namespace,
        clusterName,
        clusterUid,
        node,
        lane,
        tunName,
        network,
        listeners,
        push,
        allowedDestinations,
        clientToClient,
        egress,
        tls,
        keepalive,
        limits,
        files,
        controlSocket,
        httpAddress,
        pushedDnsServer,
        nodeAddresses,
        null);
  }

  /** In place of a node's name, as Kubernetes writes references to the environment. */
  public static final String NODE = "$(NODE_NAME)";

  /** In place of a node's address in {@link #httpAddress}; likewise. */
  public static final String HOST = "$(HOST_IP)";

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

  /**
   * Control channel and ciphers; minVersion is VersionTLS12 or VersionTLS13.
   *
   * @param legacyWrap what clients without a tls-crypt-v2 key share the static keys for; null if
   *     they hear nothing
   * @param engine who does TLS; null = BouncyCastle
   * @param dynamicTlsCrypt whether clients that can are told to wrap renegotiations with a key of
   *     the session; null = no
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Tls(
      String minVersion,
      List<String> dataCiphers,
      int renegotiationSeconds,
      String serverName,
      @Nullable LegacyWrap legacyWrap,
      @Nullable TlsEngine engine,
      @Nullable Boolean dynamicTlsCrypt) {
    /** For clients with tls-crypt-v2 alone, with the usual engine. */
    public Tls(
        String minVersion, List<String> dataCiphers, int renegotiationSeconds, String serverName) {
      this(minVersion, dataCiphers, renegotiationSeconds, serverName, null, null, null);
    }
  }

  /** How clients without a key of their own are protected. */
  public enum LegacyWrap {
    TLSCrypt,
    TLSAuth
  }

  public enum TlsEngine {
    BouncyCastle,
    JSSE
  }

  /**
   * Passwords; exactly one of the two places where they are checked is given.
   *
   * @param usersFile path of the file of users; replaced by rename when it changes
   * @param http a program that is asked
   * @param totp whether the users file's codes are asked for, and how
   * @param usernames which user names a client may log in with
   * @param tokenLifetimeSeconds for how long a log-in lasts; 0 = without end
   * @param tokenRenewalSeconds how often a connected client gets its next token
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Authentication(
      @Nullable String usersFile,
      @Nullable Http http,
      Totp totp,
      Usernames usernames,
      long tokenLifetimeSeconds,
      long tokenRenewalSeconds) {}

  /**
   * A program that checks passwords.
   *
   * @param caBundle PEM: authorities that its certificate must lead to; null = those of the JDK
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Http(String url, @Nullable String caBundle, int timeoutSeconds) {}

  public enum Totp {
    Disabled,
    Static,
    Dynamic
  }

  public enum Usernames {
    Any,
    ClientName
  }

  public record Keepalive(int intervalSeconds, int timeoutSeconds) {}

  public record Limits(int maxClients, long maxRosterStalenessSeconds) {}

  /**
   * Where keys and the roster lie.
   *
   * @param certificateChain PEM: the instance's certificate, then what leads to the CA
   * @param privateKey PEM, PKCS#8
   * @param clientCas PEM: the CAs whose clients are accepted
   * @param tlsCryptV2ServerKeys PEM server keys, newest first, each behind a line with its
   *     generation ({@link #GENERATION}); all unwrap. Behind them the static keys of legacy
   *     profiles, if there are any, newest first; all are accepted. Last the keys of auth-tokens,
   *     if passwords are asked for: the first signs
   * @param roster the roster, JSON; replaced by rename when it changes
   */
  public record Files(
      String certificateChain,
      String privateKey,
      String clientCas,
      String tlsCryptV2ServerKeys,
      String roster) {
    /**
     * Begins the line before a server key that ends with its generation, a decimal number. Whoever
     * reads PEM passes over it; an agent can so not hold a key and not know its generation.
     */
    public static final String GENERATION = "# generation ";
  }
}
