package dev.ovenbird.linux.netlink;

/** A setting under /proc/sys/net/ipv4/conf/INTERFACE (linux/ip.h, IPV4_DEVCONF_*). */
public enum Ipv4Setting {
  /** 1: packets that come in by the interface may leave by another. */
  FORWARDING(1, "forwarding"),
  /** 0: do not believe ICMP redirects. */
  ACCEPT_REDIRECTS(4, "accept_redirects"),
  /** 0: do not tell clients of shorter ways; the larger of this and "all" counts. */
  SEND_REDIRECTS(6, "send_redirects"),
  /** 0 none, 1 strict, 2 loose check of source addresses; the larger of this and "all" counts. */
  RP_FILTER(8, "rp_filter");

  final int number;
  final String fileName;

  Ipv4Setting(int number, String fileName) {
    this.number = number;
    this.fileName = fileName;
  }
}
