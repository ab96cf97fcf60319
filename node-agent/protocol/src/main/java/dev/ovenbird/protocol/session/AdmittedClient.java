package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.message.NcpNegotiation;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the first key exchange of a session has settled; renegotiations change nothing of it but
 * when the password was checked.
 *
 * @param info what the client said of itself then
 * @param format of its data packets
 * @param peerId taken for the session
 * @param login who has logged in; null if no password was asked for
 */
record AdmittedClient(
    Admission.Admitted admitted,
    PeerIdentity identity,
    PeerInfo info,
    DataFormat format,
    int peerId,
    @Nullable Login login) {

  /**
   * Keeps two keys and, for a while after each renegotiation, sends on the older. Its version is
   * 3.11.7 or, in Debian, v3.10.4.
   */
  boolean isOpenVpn3() {
    return info.version().startsWith("3.") || info.version().startsWith("v3.");
  }

  boolean takesDataV2() {
    return info.supports(IvProto.DATA_V2);
  }

  /** Whether its data keys come from the TLS exporter. */
  boolean exportsKeys(ServerConfig config) {
    return exportsKeys(info, config);
  }

  static boolean exportsKeys(PeerInfo info, ServerConfig config) {
    return info.supports(IvProto.TLS_KEY_EXPORT) && config.tls().exportsKeys();
  }

  /** Whether its renegotiations are protected by a key of the session (digest 2.7). */
  boolean renewsWrap(ServerConfig config) {
    return config.wraps().renewed()
        && info.supports(IvProto.DYN_TLS_CRYPT)
        && info.supports(IvProto.CC_EXIT_NOTIFY)
        && config.tls().exportsKeys();
  }

  /** The same with a login that a renegotiation has proven. */
  AdmittedClient with(@Nullable Login proven) {
    return proven == null
        ? this
        : new AdmittedClient(admitted, identity, info, format, peerId, proven);
  }

  /** Whether a renegotiation's certificate is that of the first. */
  boolean hasCertificateOf(PeerIdentity proven) {
    return identity.fingerprint().equals(proven.fingerprint())
        && identity.commonName().equals(proven.commonName());
  }

  /**
   * The options of its PUSH_REPLY, in order.
   *
   * @param token that stands for its password from now on; null if there is none
   */
  List<String> pushOptions(ServerConfig config, @Nullable String token) {
    // What differs between instances comes last: clients hash the rest, in order, to decide whether
    // their TUN can stay (digest 6.3).
    List<String> options = new ArrayList<>(admitted.push());
    options.add("ping " + config.pingIntervalNanos() / 1_000_000_000L);
    options.add("ping-restart " + config.pingTimeoutNanos() / 1_000_000_000L);
    if (takesDataV2()) {
      options.add("peer-id " + peerId);
    }
    if (token != null) {
      options.add("auth-token " + token);
    }
    if (NcpNegotiation.pushesCipher(info)) {
      options.add("cipher " + format.cipher().openvpnName());
    }
    String framing = format.framing().option();
    if (framing != null) {
      options.add(framing);
    }
    boolean export = exportsKeys(config);
    if (info.supports(IvProto.CC_EXIT_NOTIFY)) {
      options.add(
          "protocol-flags cc-exit"
              + (export ? " tls-ekm" : "")
              + (renewsWrap(config) ? " dyn-tls-crypt" : "")
              + (format.epoch() ? " aead-epoch" : ""));
    } else if (export) {
      options.add("key-derivation tls-ekm");
    }
    return options;
  }
}
