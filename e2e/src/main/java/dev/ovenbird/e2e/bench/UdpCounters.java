package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Namespace;
import java.util.Arrays;
import java.util.List;

/** The kernel's counts of datagrams in a namespace, IPv4. */
final class UdpCounters {
  private UdpCounters() {}

  /**
   * Datagrams that programs have taken over; what a full socket dropped is not in it. There is no
   * such count of what they send: a run that leaves by one call counts once.
   */
  static long read(Namespace namespace) {
    List<String> lines =
        namespace.run("cat", "/proc/net/snmp").lines().filter(l -> l.startsWith("Udp:")).toList();
    List<String> names = Arrays.asList(lines.get(0).split(" "));
    return Long.parseLong(lines.get(1).split(" ")[names.indexOf("InDatagrams")]);
  }
}
