package dev.ovenbird.e2e.net;

import java.util.List;

/**
 * What a namespace's network looks like, to compare before and after: links, routes of every table,
 * rules, the firewall, and whether it forwards. Counters and ages are left out.
 */
public record NetworkState(
    List<String> links,
    List<String> routes,
    List<String> rules,
    List<String> firewall,
    List<String> forwarding) {

  public static NetworkState of(Namespace namespace) {
    return new NetworkState(
        lines(namespace.ip("-br", "link").replaceAll("(?m) .*$", "")),
        lines(
            (namespace.ip("-4", "route", "show", "table", "all")
                    + namespace.ip("-6", "route", "show", "table", "all"))
                .replaceAll(" (expires \\S+|linkdown)", "")),
        lines(namespace.ip("-4", "rule") + namespace.ip("-6", "rule")),
        lines(namespace.run("nft", "list", "ruleset").replaceAll("packets \\d+ bytes \\d+", "")),
        lines(namespace.run("sysctl", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")));
  }

  private static List<String> lines(String text) {
    return text.lines().map(String::strip).filter(line -> !line.isEmpty()).sorted().toList();
  }
}
