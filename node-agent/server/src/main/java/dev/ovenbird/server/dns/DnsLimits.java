package dev.ovenbird.server.dns;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** How many things are in use, in all and by each client. Confined to one thread. */
final class DnsLimits {
  private final int most;
  private final int mostPerClient;
  private final Map<InetAddress, Integer> used = new HashMap<>();
  private int all;

  DnsLimits(int most, int mostPerClient) {
    this.most = most;
    this.mostPerClient = mostPerClient;
  }

  /** Takes one, unless a limit is reached. */
  boolean take(InetAddress client) {
    int now = used.getOrDefault(client, 0);
    if (all >= most || now >= mostPerClient) {
      return false;
    }
    all++;
    used.put(client, now + 1);
    return true;
  }

  void giveBack(InetAddress client) {
    all--;
    used.computeIfPresent(client, (address, now) -> now == 1 ? null : now - 1);
  }
}
