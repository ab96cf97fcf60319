package dev.ovenbird.protocol.message;

import org.jspecify.annotations.Nullable;

/**
 * The options string that both sides still send and nobody must match (digest 3.4). Ours is what a
 * stock 2.6 sends, so that stock peers have nothing to warn of.
 */
public final class OccString {
  private OccString() {}

  /** What a server sends. */
  public static String server(boolean tcp) {
    return text(tcp, "TCPv4_SERVER", "tls-server");
  }

  /** What a client sends. */
  public static String client(boolean tcp) {
    return text(tcp, "TCPv4_CLIENT", "tls-client");
  }

  private static String text(boolean tcp, String tcpName, String role) {
    return "V4,dev-type tun,link-mtu "
        + (tcp ? 1543 : 1541)
        + ",tun-mtu 1500,proto "
        + (tcp ? tcpName : "UDPv4")
        + ",auth SHA1,keysize 128,key-method 2,"
        + role;
  }

  /** The cipher that a peer names, the fallback for clients without IV_CIPHERS; null if none. */
  public static @Nullable String cipherOf(String occ) {
    for (String token : occ.split(",", -1)) {
      if (token.startsWith("cipher ")) {
        return token.substring("cipher ".length());
      }
    }
    return null;
  }
}
