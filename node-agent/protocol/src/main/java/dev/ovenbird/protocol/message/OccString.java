package dev.ovenbird.protocol.message;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import org.jspecify.annotations.Nullable;

/**
 * The options string that both sides still send and nobody must match (digest 3.4). Ours is what a
 * stock 2.6 sends, so that stock peers have nothing to warn of. Three of a peer's words tell what
 * nothing else does: its cipher, the digest of its packet HMAC, and that it frames for compression.
 */
public final class OccString {
  /** What a stock peer reckons for a packet, without the HMAC. */
  private static final int LINK_MTU = 1521;

  private OccString() {}

  /** What a server sends. */
  public static String server(boolean tcp, DataAuth auth) {
    return text(tcp, "TCPv4_SERVER", "", auth, "tls-server");
  }

  /** What a client sends. */
  public static String client(boolean tcp, DataAuth auth, CompressionFraming framing) {
    String compression = framing == CompressionFraming.NONE ? "" : "comp-lzo,";
    return text(tcp, "TCPv4_CLIENT", compression, auth, "tls-client");
  }

  private static String text(
      boolean tcp, String tcpName, String compression, DataAuth auth, String role) {
    return "V4,dev-type tun,link-mtu "
        + (LINK_MTU + auth.bytes() + (tcp ? 2 : 0))
        + ",tun-mtu 1500,proto "
        + (tcp ? tcpName : "UDPv4")
        + ","
        + compression
        + "auth "
        + auth
        + ",keysize 128,key-method 2,"
        + role;
  }

  /** The cipher that a peer names, the fallback for clients without IV_CIPHERS; null if none. */
  public static @Nullable String cipherOf(String occ) {
    String cipher = valueOf(occ, "cipher");
    return cipher == null || cipher.equals("[null-cipher]") ? null : cipher;
  }

  /** The digest that a peer names for its packet HMAC; null if none, as with an AEAD cipher. */
  public static @Nullable String authOf(String occ) {
    String auth = valueOf(occ, "auth");
    return auth == null || auth.equals("[null-digest]") ? null : auth;
  }

  /** Whether a peer puts compression framing to its packets, of whichever kind. */
  public static boolean framesForCompression(String occ) {
    for (String token : occ.split(",", -1)) {
      if (token.equals("comp-lzo")) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String valueOf(String occ, String name) {
    for (String token : occ.split(",", -1)) {
      if (token.length() > name.length()
          && token.startsWith(name)
          && token.charAt(name.length()) == ' ') {
        return token.substring(name.length() + 1);
      }
    }
    return null;
  }
}
