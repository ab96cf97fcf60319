package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.crds.v1alpha1.Authentication;
import dev.ovenbird.crds.v1alpha1.Endpoints;
import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.IpAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** What the schema of a VpnCluster cannot say. */
final class ClusterCheck {
  /** A name that neither a profile nor a client's scripts can misread; CVE-2025-10680. */
  private static final String DNS_NAME = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?";

  private final VpnClusterSpec spec;
  private final Problems problems;

  ClusterCheck(VpnClusterSpec spec, Problems problems) {
    this.spec = spec;
    this.problems = problems;
  }

  void check() {
    new ListenerCheck(spec, problems).check();
    checkEndpoints();
    checkPush();
    checkPki();
    if (new HashSet<>(spec.tls().dataCiphers()).size() < spec.tls().dataCiphers().size()) {
      problem("spec.tls.dataCiphers", "names a cipher twice; name each once");
    }
    if (spec.tls().controlChannel().legacy() != null
        && spec.tls().dataCiphers().stream().noneMatch(Tls.DataCipher::isAesGcm)) {
      problem(
          "spec.tls.dataCiphers",
          "has no cipher that clients of legacy profiles know; add AES-256-GCM or AES-128-GCM, or"
              + " disable legacyProfiles");
    }
    checkAuthentication();
    duration("spec.tls.renegotiation", spec.tls().renegotiation(), 1, 7 * 86400);
    duration("spec.limits.maxRosterStaleness", spec.limits().maxRosterStaleness(), 60, 365 * 86400);
    long interval = duration("spec.keepalive.interval", spec.keepalive().interval(), 1, 3600);
    long timeout = duration("spec.keepalive.timeout", spec.keepalive().timeout(), 2, 86400);
    if (interval > 0 && timeout > 0 && timeout < 2 * interval) {
      problem(
          "spec.keepalive.timeout",
          "is less than twice the interval, so one lost ping ends a session; write "
              + 3 * interval
              + "s");
    }
  }

  private void checkEndpoints() {
    Endpoints endpoints = spec.endpoints();
    String field = "spec.endpoints";
    List<Endpoints.Host> hosts = endpoints.hosts();
    if (hosts == null && endpoints.type() == Endpoints.Type.Hosts) {
      problem(field + ".hosts", "is missing; list what reaches each node");
    }
    if (hosts != null && endpoints.type() != Endpoints.Type.Hosts) {
      problem(field + ".hosts", "goes with type Hosts only; write type: Hosts or leave it out");
    }
    Endpoints.Dns dns = endpoints.dns();
    if (dns == null && endpoints.type() == Endpoints.Type.DNS) {
      problem(field + ".dns", "is missing; give the domain that the names are in");
    }
    if (dns != null && endpoints.type() != Endpoints.Type.DNS) {
      problem(field + ".dns", "goes with type DNS only; leave it out");
    }
    if (dns != null && !isDnsName(dns.domain())) {
      problem(
          field + ".dns.domain",
          "\"" + dns.domain() + "\" is no domain; write one such as vpn.example.com");
    }
    for (int i = 0; hosts != null && i < hosts.size(); i++) {
      checkHost(field + ".hosts[" + i + "]", hosts.get(i));
    }
  }

  private void checkHost(String field, Endpoints.Host host) {
    if (IpAddress.parse(host.host()) == null && !isDnsName(host.host())) {
      problem(
          field + ".host",
          "\""
              + host.host()
              + "\" is neither an IP address nor a DNS name; write one such as vpn.example.com");
    }
    spec.listeners()
        .forEach(
            listener -> {
              int port = listener.port() + host.portOffset();
              List<Integer> lanes =
                  Objects.requireNonNullElse(
                      listener.lanes(), List.of(0, spec.instances().perNode() - 1));
              if (lanes.stream().anyMatch(lane -> port + lane < 1 || port + lane > 65535)) {
                problem(
                    field + ".portOffset",
                    "moves listener " + listener.name() + " out of 1 to 65535; take another");
              }
            });
  }

  private void checkPush() {
    NetworkCheck networks = new NetworkCheck(problems);
    networks.cidrs("spec.push.routes", spec.push().routes());
    networks.cidrs("spec.access.allowedDestinations", spec.access().allowedDestinations());
    networks.addresses("spec.push.dns.servers", spec.push().dns().servers());
    List<String> domains = spec.push().dns().domains();
    for (int i = 0; i < domains.size(); i++) {
      if (!isDnsName(domains.get(i))) {
        problem(
            "spec.push.dns.domains[" + i + "]",
            "\"" + domains.get(i) + "\" is no domain; write one such as svc.example.com");
      }
    }
    DefaultRoute route = spec.push().defaultRoute();
    boolean ipv6 = spec.networkCIDRs().stream().anyMatch(cidr -> cidr.contains(":"));
    if (!ipv6 && (route == DefaultRoute.IPv6 || route == DefaultRoute.DualStack)) {
      problem(
          "spec.push.defaultRoute",
          route + " needs an IPv6 network; add one to spec.networkCIDRs or write IPv4");
    }
  }

  private void checkPki() {
    Pki.PrivateKey key = spec.pki().privateKey();
    Set<Integer> sizes =
        key.algorithm() == Pki.KeyAlgorithm.RSA ? Set.of(2048, 3072, 4096) : Set.of(256, 384);
    if (!sizes.contains(key.size())) {
      problem(
          "spec.pki.privateKey.size",
          key.size()
              + " does not go with "
              + key.algorithm()
              + "; write "
              + String.join(" or ", sizes.stream().sorted().map(String::valueOf).toList()));
    }
    Pki.Ca ca = spec.pki().ca();
    if (ca.type() == Pki.CaType.Secret && ca.secretRef() == null) {
      problem(
          "spec.pki.ca.secretRef", "is missing; name the Secret that holds tls.crt and tls.key");
    } else if (ca.type() == Pki.CaType.Generated && ca.secretRef() != null) {
      problem("spec.pki.ca.secretRef", "goes with type Secret only; leave it out");
    }
    if (ca.oldestGeneration() > ca.generation()) {
      problem(
          "spec.pki.ca.oldestGeneration",
          "is above generation, so no authority would be left; give at most " + ca.generation());
    }
    duration("spec.pki.clientValidity", spec.pki().clientValidity(), 3600, 100L * 366 * 86400);
  }

  private void checkAuthentication() {
    String field = "spec.authentication.";
    Authentication.Passwords passwords = spec.authentication().passwords();
    boolean secret = passwords.type() == Authentication.PasswordsType.Secret;
    if (secret != (passwords.secretRef() != null)) {
      problem(
          field + "passwords.secretRef",
          "goes with type Secret, and only with it: the Secret that holds users");
    }
    boolean asked = passwords.type() == Authentication.PasswordsType.HTTP;
    Authentication.Http http = passwords.http();
    if (asked != (http != null)) {
      problem(
          field + "passwords.http", "goes with type HTTP, and only with it: the endpoint to ask");
    }
    if (http != null) {
      duration(field + "passwords.http.timeout", http.timeout(), 1, 10);
    }
    Authentication.Token token = spec.authentication().token();
    duration(field + "token.lifetime", token.lifetime(), 10, 366L * 86400);
    duration(field + "token.renewal", token.renewal(), 120, 7 * 86400);
  }

  /** Seconds; 0 if they are out of bounds. */
  private long duration(String field, String text, long low, long high) {
    long seconds = GoDuration.parse(text).toSeconds();
    if (seconds < low || seconds > high) {
      problem(field, text + " is out of bounds; give " + said(low) + " to " + said(high));
      return 0;
    }
    return seconds;
  }

  private static String said(long seconds) {
    Duration duration = Duration.ofSeconds(seconds);
    return seconds % 3600 == 0
        ? duration.toHours() + "h"
        : seconds % 60 == 0 ? duration.toMinutes() + "m" : seconds + "s";
  }

  private static boolean isDnsName(String text) {
    if (text.length() > 200 || text.matches("[0-9.]+")) {
      return false;
    }
    for (String label : text.split("[.]", -1)) {
      if (label.length() > 63 || !label.matches(DNS_NAME)) {
        return false;
      }
    }
    return true;
  }

  private void problem(String field, String message) {
    problems.add(field, message);
  }
}
