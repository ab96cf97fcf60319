package dev.ovenbird.protocol.message;

import dev.ovenbird.protocol.data.DataCipher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Choice of the data cipher on the server's side (digest 4.4). */
public final class NcpNegotiation {
  private static final List<String> NCP_2 = List.of("AES-256-GCM", "AES-128-GCM");

  private NcpNegotiation() {}

  /**
   * The first of the server's ciphers that the client can use.
   *
   * @param server in order of preference
   * @param occOptions the client's OCC string: its cipher counts if the client sent no IV_CIPHERS
   * @return null if none is shared: the client is told so by AUTH_FAILED
   */
  public static @Nullable DataCipher choose(
      List<DataCipher> server, PeerInfo info, String occOptions) {
    List<String> ciphers = info.ciphers();
    String fallback = ciphers == null ? OccString.cipherOf(occOptions) : null;
    List<String> offered = ciphers != null ? ciphers : info.ncp() >= 2 ? NCP_2 : List.of();
    for (DataCipher cipher : server) {
      String name = cipher.openvpnName();
      if (offered.contains(name) || name.equals(fallback)) {
        return cipher;
      }
    }
    return null;
  }

  /** Whether the chosen cipher is to be pushed; other clients keep the one they are configured. */
  public static boolean pushesCipher(PeerInfo info) {
    return info.ncp() >= 2 || info.ciphers() != null;
  }
}
