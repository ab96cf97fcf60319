package dev.ovenbird.e2e.kubernetes.node;

/**
 * Largest packets in bytes.
 *
 * @param link between nodes
 * @param pods of pods' links and, if smaller, of nodes' routes to other nodes' pods, as with an
 *     overlay network
 */
record Mtu(int link, int pods) {
  static final Mtu ETHERNET = new Mtu(1500, 1500);
}
