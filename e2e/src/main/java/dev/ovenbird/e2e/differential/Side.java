package dev.ovenbird.e2e.differential;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;

/**
 * One of the two servers, as its clients know it.
 *
 * @param gateway its address in the tunnel, which answers echo requests
 * @param clients their settings; cases take turns, so that what one leaves half open is no other's
 *     limit
 */
record Side(Namespace namespace, InetSocketAddress server, String gateway, List<Member> clients) {

  /** A client's settings and the key that a forger wraps with. */
  record Member(ClientConfig config, ClientKeyFile key) {
    /** As openvpn 2.6 announces itself, but for dynamic tls-crypt. */
    static Member of(Profile profile, SecureRandom random) {
      ClientKeyFile key = ClientKeyFile.parse(profile.block("tls-crypt-v2"));
      ClientConfig config =
          ClientConfig.of(
                  key,
                  TlsProvider.JSSE.client(
                      random,
                      () -> System.currentTimeMillis() / 1000,
                      profile.identity(),
                      profile.authorities(),
                      null,
                      TlsVersion.TLS13,
                      TlsVersion.TLS13),
                  Transport.UDP,
                  true)
              .withFeatures(
                  new ClientConfig.Features(
                      true,
                      Set.of(
                          IvProto.DATA_V2,
                          IvProto.REQUEST_PUSH,
                          IvProto.TLS_KEY_EXPORT,
                          IvProto.CC_EXIT_NOTIFY),
                      true,
                      DataAuth.DEFAULT,
                      CompressionFraming.NONE,
                      "2.6.14"));
      return new Member(config, key);
    }
  }

  Member client(int number) {
    return clients.get(number % clients.size());
  }
}
