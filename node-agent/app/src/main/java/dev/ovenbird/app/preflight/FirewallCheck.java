package dev.ovenbird.app.preflight;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.nft.Nft;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The node's packet filter: nft works, nobody else drops forwarded packets, room for flows. */
final class FirewallCheck {
  /** Percent of the flows that the kernel tracks at most. */
  private static final int FULL_PERCENT = 90;

  private final Path proc;
  private final Supplier<List<String>> droppingChains;

  FirewallCheck(Path proc) {
    this(proc, () -> Nft.find().droppingForwardChains());
  }

  /**
   * @param droppingChains forward chains with policy drop; throws what nft throws
   */
  FirewallCheck(Path proc, Supplier<List<String>> droppingChains) {
    this.proc = proc;
    this.droppingChains = droppingChains;
  }

  /**
   * nft and the FORWARD policy.
   *
   * @param passes whether a packet was seen to pass from the tunnel's side; null if none was tried
   */
  List<Finding> run(@Nullable Boolean passes) {
    Findings nft = new Findings("FirewallUsable");
    Findings policy = new Findings("ForwardPolicy");
    List<String> chains;
    try {
      chains = droppingChains.get();
    } catch (LinuxException e) {
      return List.of(
          nft.bad(
              "NftFails",
              e.getMessage()
                  + "; nft and the kernel's nf_tables are needed ('modprobe nf_tables')"),
          policy.unknown("NftFails", "without nft nobody can say what the node's firewall drops"));
    }
    return List.of(nft.good("nft works"), policy(policy, chains, passes));
  }

  private Finding policy(Findings policy, List<String> chains, @Nullable Boolean passes) {
    if (Boolean.TRUE.equals(passes)) {
      return policy.good("a packet from the tunnel's side was forwarded and answered");
    }
    if (!chains.isEmpty()) {
      return policy.bad(
          "ForwardDropped",
          "the firewall chain "
              + String.join(", ", chains)
              + " drops forwarded packets that it does not know, and no rule of Ovenbird's can undo"
              + " that: accept the tunnels there, as 'nft insert rule "
              + chains.get(0)
              + " iifname \"ovb*\" accept' and 'nft insert rule "
              + chains.get(0)
              + " oifname \"ovb*\" ct state established,related accept' (Docker: chain"
              + " DOCKER-USER; firewalld: put ovb+ into the zone trusted)");
    }
    if (NodeFiles.lines(proc.resolve("net/ip_tables_names")).contains("filter")) {
      return policy.unknown(
          "LegacyIptables",
          "rules of iptables-legacy are loaded, which nft does not show: look for 'policy DROP' in"
              + " 'iptables-legacy -S FORWARD'");
    }
    return policy.good("no other firewall chain drops forwarded packets by policy");
  }

  Finding conntrack() {
    Findings findings = new Findings("ConntrackRoom");
    Path folder = proc.resolve("sys/net/netfilter");
    @Nullable String count = NodeFiles.line(folder.resolve("nf_conntrack_count"));
    @Nullable String max = NodeFiles.line(folder.resolve("nf_conntrack_max"));
    if (count == null
        || max == null
        || !count.matches("[0-9]{1,18}")
        || !max.matches("[0-9]{1,18}")) {
      return findings.unknown(
          "NotReadable",
          "the kernel tracks no flows yet: 'modprobe nf_conntrack', needed for"
              + " egress Masquerade");
    }
    long used = Long.parseLong(count);
    long most = Long.parseLong(max);
    return most > 0 && used * 100 >= most * FULL_PERCENT
        ? findings.bad(
            "ConntrackFull",
            "the kernel tracks "
                + used
                + " of at most "
                + most
                + " flows, and drops new ones when full: raise net.netfilter.nf_conntrack_max")
        : findings.good("the kernel tracks " + used + " of at most " + most + " flows");
  }
}
