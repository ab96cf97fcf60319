package dev.ovenbird.app.preflight;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the link of the default route takes what a tunnel needs. */
final class LinkMtuCheck {
  /** Below it, IPv6 does not pass, and IPv4 in fragments only. */
  private static final int LEAST = 1280;

  /** What a client's full packet is on the outside, at most. */
  private static final int FULL = 1500 + 40 + 8 + 28;

  private static final Findings FINDINGS = new Findings("LinkMtu");

  private final NodeFiles files;

  LinkMtuCheck(NodeFiles files) {
    this.files = files;
  }

  Finding run() {
    @Nullable String link = defaultLink();
    if (link == null) {
      return FINDINGS.unknown(
          "NoDefaultRoute", "this machine has no default route, so that no one link is the one");
    }
    @Nullable String text =
        NodeFiles.line(files.sys().resolve("class/net").resolve(link).resolve("mtu"));
    if (text == null || !text.matches("[0-9]{1,9}")) {
      return FINDINGS.unknown("NotReadable", "can't read the MTU of " + link);
    }
    int mtu = Integer.parseInt(text);
    if (mtu < LEAST) {
      return FINDINGS.bad(
          "LinkMtuTooSmall",
          link
              + " takes packets of "
              + mtu
              + " bytes only, and IPv6 needs 1280: run 'ip link set "
              + link
              + " mtu 1500', or what the network below it takes");
    }
    return FINDINGS.good(
        link
            + " takes packets of "
            + mtu
            + " bytes"
            + (mtu < FULL ? "; TCP through the tunnel is cut to fit" : ""));
  }

  private @Nullable String defaultLink() {
    List<String> ipv4 = NodeFiles.lines(files.proc().resolve("net/route"));
    for (String line : ipv4) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 7 && words[1].equals("00000000") && words[7].equals("00000000")) {
        return words[0];
      }
    }
    for (String line : NodeFiles.lines(files.proc().resolve("net/ipv6_route"))) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 9
          && words[0].matches("0+")
          && words[1].equals("00")
          && !words[9].equals("lo")) {
        return words[9];
      }
    }
    return null;
  }
}
