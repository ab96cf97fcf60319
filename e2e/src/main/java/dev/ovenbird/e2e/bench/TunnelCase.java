package dev.ovenbird.e2e.bench;

/**
 * What a tunnel is measured with. On the command line as its own text, such as {@code tcp-up-4}.
 */
enum TunnelCase {
  TCP_UP_1("tcp-up-1", "TCP to server, 1 stream"),
  TCP_DOWN_1("tcp-down-1", "TCP to client, 1 stream", "-R"),
  TCP_BOTH_1("tcp-both-1", "TCP both ways, 1 stream", "--bidir"),
  TCP_UP_4("tcp-up-4", "TCP to server, 4 streams", "-P", "4"),
  TCP_DOWN_4("tcp-down-4", "TCP to client, 4 streams", "-P", "4", "-R"),
  TCP_BOTH_4("tcp-both-4", "TCP both ways, 4 streams", "-P", "4", "--bidir"),
  UDP_UP("udp-up", "64-byte UDP to server"),
  UDP_DOWN("udp-down", "64-byte UDP to client"),
  PING_IDLE("ping-idle", "ping, idle"),
  /** Well below what any contestant can carry. */
  PING_LOADED("ping-loaded", "ping beside 100 Mbit/s of UDP to client"),
  /** Of the same client, so that the ping waits in the same queues. */
  PING_BULK("ping-bulk", "ping beside TCP to client, 1 stream");

  private final String option;
  final String label;
  private final String[] iperf;

  TunnelCase(String option, String label, String... iperf) {
    this.option = option;
    this.label = label;
    this.iperf = iperf;
  }

  /** What iperf3's client is told, with TCP. */
  String[] iperf() {
    return iperf.clone();
  }

  /** Begins the keys of its measures: tcpUp1. */
  String key() {
    String[] words = option.split("-");
    StringBuilder key = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      key.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
    }
    return key.toString();
  }

  @Override
  public String toString() {
    return option;
  }
}
