package dev.ovenbird.app.preflight;

import dev.ovenbird.server.dns.ResolvConf;
import java.nio.file.Path;

/** Whether there is somebody whom the gateway's DNS can ask. */
final class NameServersCheck {
  private static final Findings FINDINGS = new Findings("NameServers");

  private final Path resolvConf;

  NameServersCheck(Path resolvConf) {
    this.resolvConf = resolvConf;
  }

  Finding run() {
    var servers = new ResolvConf(resolvConf, address -> false).servers(0);
    if (servers.isEmpty()) {
      return FINDINGS.bad(
          "NoNameServer",
          resolvConf
              + " names no server, so that clients' names are not resolved: add a line 'nameserver"
              + " ADDRESS', or give clients servers in spec.push.dns.servers");
    }
    return FINDINGS.good(
        "clients' names are asked of "
            + String.join(
                ", ", servers.stream().map(each -> each.getAddress().getHostAddress()).toList()));
  }
}
