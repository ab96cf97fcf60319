package dev.ovenbird.e2e.interop;

/** Who talks to whom: every stock client with our server, our client with every server. */
enum Peers {
  OPENVPN_2_6("openvpn 2.6", Program.STOCK_2_6, Program.OURS),
  OPENVPN_2_7("openvpn 2.7", Program.STOCK_2_7, Program.OURS),
  OPENVPN_3("OpenVPN 3", Program.STOCK_3, Program.OURS),
  OURS("Ovenbird", Program.OURS, Program.OURS),
  TO_OPENVPN_2_6("Ovenbird to openvpn 2.6", Program.OURS, Program.STOCK_2_6),
  TO_OPENVPN_2_7("Ovenbird to openvpn 2.7", Program.OURS, Program.STOCK_2_7);

  /** An implementation and what it knows (digest 13). */
  enum Program {
    STOCK_2_6,
    STOCK_2_7,
    STOCK_3,
    OURS;

    /** Debian 13's OpenVPN 3 core is 3.10: epoch keys come with 3.11. */
    boolean knowsEpoch() {
      return this == STOCK_2_7 || this == OURS;
    }
  }

  final String label;
  final Program client;
  final Program server;

  Peers(String label, Program client, Program server) {
    this.label = label;
    this.client = client;
    this.server = server;
  }

  boolean knowEpoch() {
    return client.knowsEpoch() && server.knowsEpoch();
  }

  @Override
  public String toString() {
    return label;
  }
}
