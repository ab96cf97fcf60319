package dev.ovenbird.protocol.message;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Choice of the data channel's format on the server's side (digest 4.4, 4.5, 5.7). */
public final class NcpNegotiation {
  private static final List<String> NCP_2 = List.of("AES-256-GCM", "AES-128-GCM");

  private NcpNegotiation() {}

  /**
   * The first of the server's ciphers that the client can use, with what else the client's data
   * packets need: epochs if it knows them, the HMAC that it is configured with, and a framing that
   * does not compress.
   *
   * @param server in order of preference
   * @param occOptions the client's OCC string
   * @param exportsKeys whether keys come from the TLS exporter; every client with epochs has it
   * @return null if no cipher is shared: the client is told so by AUTH_FAILED
   */
  public static @Nullable DataFormat choose(
      List<DataCipher> server, PeerInfo info, String occOptions, boolean exportsKeys) {
    DataAuth auth = auth(occOptions);
    DataCipher cipher = cipher(server, info, occOptions, auth != null);
    if (cipher == null) {
      return null;
    }
    boolean epoch =
        cipher.isAead()
            && exportsKeys
            && info.supports(IvProto.DATA_V2)
            && info.supports(IvProto.CC_EXIT_NOTIFY)
            && info.supports(IvProto.DATA_EPOCH);
    return new DataFormat(
        cipher, epoch, auth == null ? DataAuth.DEFAULT : auth, framing(info, occOptions));
  }

  /** The client's OCC cipher counts if it sent no IV_CIPHERS. */
  private static @Nullable DataCipher cipher(
      List<DataCipher> server, PeerInfo info, String occOptions, boolean authKnown) {
    List<String> ciphers = info.ciphers();
    String fallback = ciphers == null ? OccString.cipherOf(occOptions) : null;
    List<String> offered = ciphers != null ? ciphers : info.ncp() >= 2 ? NCP_2 : List.of();
    for (DataCipher cipher : server) {
      String name = cipher.openvpnName();
      boolean shared = offered.contains(name) || name.equals(fallback);
      if (shared && (cipher.isAead() || authKnown)) {
        return cipher;
      }
    }
    return null;
  }

  /**
   * The digest that a peer's options string names; OpenVPN's default if it names none, null if it
   * is not one of ours. It cannot be pushed to 2.x, so that the server goes by the client.
   */
  public static @Nullable DataAuth auth(String occOptions) {
    String named = OccString.authOf(occOptions);
    return named == null ? DataAuth.DEFAULT : DataAuth.of(named);
  }

  /** What turns compression off for a client that is configured to frame its packets. */
  private static CompressionFraming framing(PeerInfo info, String occOptions) {
    if (!OccString.framesForCompression(occOptions)) {
      return CompressionFraming.NONE;
    }
    return "1".equals(info.values().get("IV_COMP_STUBv2"))
        ? CompressionFraming.STUB_V2
        : CompressionFraming.LZO;
  }

  /** Whether the chosen cipher is to be pushed; other clients keep the one they are configured. */
  public static boolean pushesCipher(PeerInfo info) {
    return info.ncp() >= 2 || info.ciphers() != null;
  }
}
