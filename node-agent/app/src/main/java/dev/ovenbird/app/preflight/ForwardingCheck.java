package dev.ovenbird.app.preflight;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether the node forwards. The instance switches IPv4 on for its own TUN; answers come in by the
 * node's other interfaces, and IPv6 knows only one switch for all.
 */
final class ForwardingCheck {
  private final Path proc;

  ForwardingCheck(Path proc) {
    this.proc = proc;
  }

  Finding ipv4() {
    return finding("IPv4Forwarding", "IPv4", "net/ipv4/ip_forward", "net.ipv4.ip_forward", "");
  }

  Finding ipv6() {
    return finding(
        "IPv6Forwarding",
        "IPv6",
        "net/ipv6/conf/all/forwarding",
        "net.ipv6.conf.all.forwarding",
        "; where the default route comes by router advertisements, set accept_ra=2 on its interface"
            + " first, or leave the IPv6 CIDR out of networkCIDRs");
  }

  private Finding finding(String type, String family, String file, String setting, String more) {
    Findings findings = new Findings(type);
    @Nullable String value = NodeFiles.line(proc.resolve("sys").resolve(file));
    if (value == null) {
      return findings.unknown(
          "NotReadable",
          "can't read " + proc.resolve("sys").resolve(file) + ": is " + family + " switched off?");
    }
    return value.equals("0")
        ? findings.bad(
            "ForwardingOff",
            "the node forwards no "
                + family
                + ", so that answers don't reach clients: run 'sysctl -w "
                + setting
                + "=1' on the node, and write "
                + setting
                + " = 1 to a file in /etc/sysctl.d"
                + more)
        : findings.good("the node forwards " + family);
  }
}
