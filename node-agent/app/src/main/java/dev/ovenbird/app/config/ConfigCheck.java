package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.server.route.Cidr;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What types alone cannot say about an {@link InstanceConfig}: every value has a sense. */
final class ConfigCheck {
  private static final int MAX_SOCKET_PATH = 107;

  private final Path file;

  private ConfigCheck(Path file) {
    this.file = file;
  }

  static void check(Path file, InstanceConfig config) throws ConfigException {
    new ConfigCheck(file).all(config);
  }

  private void all(InstanceConfig config) throws ConfigException {
    uid("clusterUid", config.clusterUid());
    require(config.lane() >= 0, "lane", "must not be negative");
    require(
        config.tunName().matches("[A-Za-z][A-Za-z0-9-]{0,14}"),
        "tunName",
        "must be 1 to 15 letters, digits or '-', a letter first");
    network(config.network());
    listeners(config.listeners());
    push(config.push());
    cidrs("allowedDestinations", config.allowedDestinations());
    tls(config.tls());
    InstanceConfig.Keepalive keepalive = config.keepalive();
    range("keepalive.intervalSeconds", keepalive.intervalSeconds(), 1, 3600);
    range(
        "keepalive.timeoutSeconds", keepalive.timeoutSeconds(), keepalive.intervalSeconds(), 86400);
    range("limits.maxClients", config.limits().maxClients(), 1, 65536);
    range(
        "limits.maxRosterStalenessSeconds",
        config.limits().maxRosterStalenessSeconds(),
        1,
        Integer.MAX_VALUE);
    files(config.files());
    String socket = config.controlSocket();
    if (socket != null) {
      absolute("controlSocket", socket);
      require(
          socket.getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH,
          "controlSocket",
          "is longer than " + MAX_SOCKET_PATH + " bytes; use a shorter folder");
    }
    if (config.httpAddress() != null) {
      SocketAddresses.parse(config.httpAddress(), text -> problem("httpAddress", text));
    }
    if (config.pushedDnsServer() != null) {
      address("pushedDnsServer", config.pushedDnsServer());
    }
    if (config.authentication() != null) {
      authentication(config.authentication());
    }
    List<String> nodeAddresses = config.nodeAddresses();
    for (String address : nodeAddresses == null ? List.<String>of() : nodeAddresses) {
      address("nodeAddresses", address);
    }
  }

  private void authentication(InstanceConfig.Authentication wanted) throws ConfigException {
    String users = wanted.usersFile();
    InstanceConfig.Http http = wanted.http();
    require((users == null) != (http == null), "authentication", "needs either usersFile or http");
    if (users != null) {
      absolute("authentication.usersFile", users);
    }
    if (http != null) {
      require(
          http.url().matches("(https|http)://[^ ]+"),
          "authentication.http.url",
          "must begin with https:// or http://");
      range("authentication.http.timeoutSeconds", http.timeoutSeconds(), 1, 10);
    }
    range(
        "authentication.tokenLifetimeSeconds", wanted.tokenLifetimeSeconds(), 0, Integer.MAX_VALUE);
    range("authentication.tokenRenewalSeconds", wanted.tokenRenewalSeconds(), 1, Integer.MAX_VALUE);
  }

  private void network(InstanceConfig.Network network) throws ConfigException {
    Cidr ipv4 = cidr("network.ipv4", network.ipv4());
    require(!ipv4.isIpv6(), "network.ipv4", "must be an IPv4 CIDR");
    require(
        ipv4.contains(address("network.ipv4Gateway", network.ipv4Gateway())),
        "network.ipv4Gateway",
        "must lie in " + ipv4);
    require(
        (network.ipv6() == null) == (network.ipv6Gateway() == null),
        "network.ipv6Gateway",
        "must be given with network.ipv6, and only then");
    if (network.ipv6() != null && network.ipv6Gateway() != null) {
      Cidr ipv6 = cidr("network.ipv6", network.ipv6());
      require(ipv6.isIpv6(), "network.ipv6", "must be an IPv6 CIDR");
      require(
          ipv6.contains(address("network.ipv6Gateway", network.ipv6Gateway())),
          "network.ipv6Gateway",
          "must lie in " + ipv6);
    }
    range("network.mtu", network.mtu(), 1280, 1500);
  }

  private void listeners(List<InstanceConfig.Listener> listeners) throws ConfigException {
    require(!listeners.isEmpty(), "listeners", "must have at least one entry");
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < listeners.size(); i++) {
      InstanceConfig.Listener listener = listeners.get(i);
      String field = "listeners[" + i + "]";
      range(field + ".port", listener.port(), 1, 65535);
      List<String> addresses =
          listener.addresses().isEmpty() ? List.of("::") : listener.addresses();
      for (String address : addresses) {
        String key = address(field + ".addresses", address).addressText();
        require(
            seen.add(listener.protocol() + " " + key + " " + listener.port()),
            field,
            "listens where another listener does");
      }
    }
  }

  private void push(InstanceConfig.Push push) throws ConfigException {
    cidrs("push.routes", push.routes());
    for (String server : push.dnsServers()) {
      address("push.dnsServers", server);
    }
    List<String> netGateway = push.netGatewayAddresses();
    for (String endpoint : netGateway == null ? List.<String>of() : netGateway) {
      address("push.netGatewayAddresses", endpoint);
    }
    for (String domain : push.dnsDomains()) {
      // Anything else ends in a client's shell script: CVE-2025-10680.
      require(
          domain.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}"),
          "push.dnsDomains",
          "'" + domain + "' is not a domain name");
    }
  }

  private void tls(InstanceConfig.Tls tls) throws ConfigException {
    require(
        tls.minVersion().equals("VersionTLS12") || tls.minVersion().equals("VersionTLS13"),
        "tls.minVersion",
        "must be VersionTLS12 or VersionTLS13");
    require(!tls.dataCiphers().isEmpty(), "tls.dataCiphers", "must have at least one entry");
    for (String cipher : tls.dataCiphers()) {
      require(
          DataCipher.of(cipher) != null, "tls.dataCiphers", "'" + cipher + "' is not supported");
    }
    range("tls.renegotiationSeconds", tls.renegotiationSeconds(), 1, Integer.MAX_VALUE);
  }

  private void files(InstanceConfig.Files files) throws ConfigException {
    absolute("files.certificateChain", files.certificateChain());
    absolute("files.privateKey", files.privateKey());
    absolute("files.clientCas", files.clientCas());
    absolute("files.tlsCryptV2ServerKeys", files.tlsCryptV2ServerKeys());
    absolute("files.roster", files.roster());
  }

  private void absolute(String field, String path) throws ConfigException {
    require(path.startsWith("/") && path.indexOf('\0') < 0, field, "must be an absolute path");
  }

  private void uid(String field, String text) throws ConfigException {
    try {
      require(UUID.fromString(text).toString().equals(text), field, "must be a lower-case UUID");
    } catch (IllegalArgumentException e) {
      throw problem(field, "must be a lower-case UUID");
    }
  }

  private void cidrs(String field, List<String> texts) throws ConfigException {
    for (String text : texts) {
      cidr(field, text);
    }
  }

  private Cidr cidr(String field, String text) throws ConfigException {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException e) {
      throw problem(field, e.getMessage());
    }
  }

  private Cidr address(String field, String text) throws ConfigException {
    require(text.indexOf('/') < 0, field, "'" + text + "' is not an IP address");
    return cidr(field, text);
  }

  private void range(String field, long value, long low, long high) throws ConfigException {
    require(value >= low && value <= high, field, "must be " + low + " to " + high);
  }

  private void require(boolean good, String field, String problem) throws ConfigException {
    if (!good) {
      throw problem(field, problem);
    }
  }

  private ConfigException problem(String field, @Nullable String problem) {
    return new ConfigException(file + ": field " + field + ": " + problem);
  }
}
