package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.ClientLogin;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientWrap;
import java.util.List;
import java.util.Set;

/**
 * Settings of a {@link ClientEndpoint}. Durations in nanoseconds.
 *
 * @param wrap a key of the client's own (tls-crypt-v2), or one that all clients share
 * @param ipv4 whether the server is reached by IPv4 (decides the size of control packets)
 * @param renegotiationNanos age of a data key at which this side renegotiates; Long.MAX_VALUE
 *     leaves it to the server
 * @param login user name and password, if the server asks for them
 */
public record ClientConfig(
    ClientWrap wrap,
    TlsEngineFactory tls,
    AeadProvider aead,
    List<DataCipher> dataCiphers,
    Transport transport,
    boolean ipv4,
    long renegotiationNanos,
    long handWindowNanos,
    long transitionWindowNanos,
    Features features,
    ClientLogin login) {
  private static final long SECOND = 1_000_000_000L;

  /** Of a client that has a certificate alone. */
  public ClientConfig(
      ClientWrap wrap,
      TlsEngineFactory tls,
      AeadProvider aead,
      List<DataCipher> dataCiphers,
      Transport transport,
      boolean ipv4,
      long renegotiationNanos,
      long handWindowNanos,
      long transitionWindowNanos,
      Features features) {
    this(
        wrap,
        tls,
        aead,
        dataCiphers,
        transport,
        ipv4,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        features,
        ClientLogin.NONE);
  }

  /**
   * With the usual rest: the JDK's ciphers, those with AEAD; renegotiation left to the server; all
   * features.
   */
  public static ClientConfig of(
      ClientWrap wrap, TlsEngineFactory tls, Transport transport, boolean ipv4) {
    return new ClientConfig(
        wrap,
        tls,
        new JdkAeadProvider(),
        DataCipher.DEFAULT,
        transport,
        ipv4,
        Long.MAX_VALUE,
        60 * SECOND,
        3600 * SECOND,
        Features.CURRENT);
  }

  public ClientConfig withWrap(ClientWrap other) {
    return new ClientConfig(
        other,
        tls,
        aead,
        dataCiphers,
        transport,
        ipv4,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        features,
        login);
  }

  public ClientConfig withDataCiphers(List<DataCipher> others) {
    return new ClientConfig(
        wrap,
        tls,
        aead,
        others,
        transport,
        ipv4,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        features,
        login);
  }

  public ClientConfig withFeatures(Features others) {
    return new ClientConfig(
        wrap,
        tls,
        aead,
        dataCiphers,
        transport,
        ipv4,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        others,
        login);
  }

  public ClientConfig withLogin(ClientLogin other) {
    return new ClientConfig(
        wrap,
        tls,
        aead,
        dataCiphers,
        transport,
        ipv4,
        renegotiationNanos,
        handWindowNanos,
        transitionWindowNanos,
        features,
        other);
  }

  /** What the client says of itself in its key method 2 message (digest 3.5). */
  String peerInfo() {
    int proto = features.protocol().stream().mapToInt(IvProto::mask).sum();
    StringBuilder text = new StringBuilder();
    text.append("IV_VER=").append(features.version()).append('\n');
    text.append("IV_PLAT=linux\nIV_NCP=2\nIV_TCPNL=1\n");
    // Every framing that does not compress; there is no other.
    text.append("IV_LZO_STUB=1\nIV_COMP_STUB=1\n");
    if (features.stubV2()) {
      text.append("IV_COMP_STUBv2=1\n");
    }
    text.append("IV_PROTO=").append(proto).append('\n');
    text.append("IV_CIPHERS=")
        .append(String.join(":", dataCiphers.stream().map(DataCipher::openvpnName).toList()))
        .append('\n');
    return text.toString();
  }

  /**
   * What the client says it can do. {@link #CURRENT} unless an older client is to be imitated.
   *
   * @param earlyNegotiation cookie handshake with WKc resend (2.6+)
   * @param protocol what IV_PROTO says
   * @param stubV2 compression framing without a byte (2.4+)
   * @param auth digest of the HMAC that goes with CBC ciphers, as the profile has it
   * @param framing that the profile asks for, unless the server pushes another
   * @param version IV_VER
   */
  public record Features(
      boolean earlyNegotiation,
      Set<IvProto> protocol,
      boolean stubV2,
      DataAuth auth,
      CompressionFraming framing,
      String version) {
    public static final Features CURRENT =
        of(
            true,
            "ovenbird_0.1",
            IvProto.DATA_V2,
            IvProto.REQUEST_PUSH,
            IvProto.TLS_KEY_EXPORT,
            IvProto.CC_EXIT_NOTIFY,
            IvProto.DYN_TLS_CRYPT,
            IvProto.DATA_EPOCH,
            IvProto.PUSH_UPDATE);

    /** As OpenVPN 2.6: neither epochs nor PUSH_UPDATE. */
    public static final Features OPENVPN_2_6 =
        of(
            true,
            "2.6.14",
            IvProto.DATA_V2,
            IvProto.REQUEST_PUSH,
            IvProto.TLS_KEY_EXPORT,
            IvProto.CC_EXIT_NOTIFY,
            IvProto.DYN_TLS_CRYPT);

    /** As OpenVPN 2.5: stateful first reset, PRF keys, OCC exit. */
    public static final Features OPENVPN_2_5 =
        of(false, "2.5.11", IvProto.DATA_V2, IvProto.REQUEST_PUSH);

    /** As a client without peer ids: DATA_V1, waits for its PUSH_REQUEST to be answered. */
    public static final Features WITHOUT_PEER_ID =
        new Features(false, Set.of(), false, DataAuth.DEFAULT, CompressionFraming.NONE, "2.3.18");

    public Features {
      protocol = Set.copyOf(protocol);
    }

    private static Features of(boolean earlyNegotiation, String version, IvProto... protocol) {
      return new Features(
          earlyNegotiation,
          Set.of(protocol),
          true,
          DataAuth.DEFAULT,
          CompressionFraming.NONE,
          version);
    }

    public boolean supports(IvProto what) {
      return protocol.contains(what);
    }

    /** With these lines in the profile. */
    public Features with(DataAuth others, CompressionFraming framed) {
      return new Features(earlyNegotiation, protocol, stubV2, others, framed, version);
    }
  }
}
