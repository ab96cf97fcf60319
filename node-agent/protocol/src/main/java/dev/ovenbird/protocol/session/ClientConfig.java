package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import java.util.List;

/**
 * Settings of a {@link ClientEndpoint}. Durations in nanoseconds.
 *
 * @param wrapKey the tls-crypt-v2 client key with its wrapped copy
 * @param ipv4 whether the server is reached by IPv4 (decides the size of control packets)
 * @param renegotiationNanos age of a data key at which this side renegotiates; Long.MAX_VALUE
 *     leaves it to the server
 */
public record ClientConfig(
    ClientKeyFile wrapKey,
    TlsEngineFactory tls,
    AeadProvider aead,
    List<DataCipher> dataCiphers,
    Transport transport,
    boolean ipv4,
    long renegotiationNanos,
    long handWindowNanos,
    long transitionWindowNanos,
    Features features) {
  private static final long SECOND = 1_000_000_000L;

  /**
   * With the usual rest: the JDK's ciphers, all of them; renegotiation left to the server; all
   * features.
   */
  public static ClientConfig of(
      ClientKeyFile wrapKey, TlsEngineFactory tls, Transport transport, boolean ipv4) {
    return new ClientConfig(
        wrapKey,
        tls,
        new JdkAeadProvider(),
        List.of(DataCipher.values()),
        transport,
        ipv4,
        Long.MAX_VALUE,
        60 * SECOND,
        3600 * SECOND,
        Features.CURRENT);
  }

  /**
   * What the client says it can do. {@link #CURRENT} unless an older client is to be imitated.
   *
   * @param earlyNegotiation cookie handshake with WKc resend (2.6+)
   * @param keyExport data keys by TLS exporter (2.6+)
   * @param requestPush PUSH_REPLY without PUSH_REQUEST (2.5+)
   * @param dataV2 peer ids
   * @param exitNotify EXIT by control channel (2.6+)
   * @param version IV_VER
   */
  public record Features(
      boolean earlyNegotiation,
      boolean keyExport,
      boolean requestPush,
      boolean dataV2,
      boolean exitNotify,
      String version) {
    public static final Features CURRENT =
        new Features(true, true, true, true, true, "ovenbird_0.1");

    /** As OpenVPN 2.5: stateful first reset, PRF keys, OCC exit. */
    public static final Features OPENVPN_2_5 =
        new Features(false, false, true, true, false, "2.5.11");

    /** As a client without peer ids: DATA_V1, waits for its PUSH_REQUEST to be answered. */
    public static final Features WITHOUT_PEER_ID =
        new Features(false, false, false, false, false, "2.3.18");
  }
}
