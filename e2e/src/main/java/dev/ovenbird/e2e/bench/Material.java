package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/** A profile as our own client role takes it. */
record Material(InetSocketAddress server, Profile profile) {
  /** The profile's only remote is the server. */
  static Material of(Profile profile) {
    Profile.Remote remote = profile.remotes().getFirst();
    return new Material(new InetSocketAddress(remote.host(), remote.port()), profile);
  }

  /** TLS 1.3 over UDP and IPv4. */
  ClientConfig config(TlsProvider provider, SecureRandom random) {
    return ClientConfig.of(
        ClientKeyFile.parse(profile.block("tls-crypt-v2")),
        provider.client(
            random,
            () -> System.currentTimeMillis() / 1000,
            profile.identity(),
            profile.authorities(),
            null,
            TlsVersion.TLS13,
            TlsVersion.TLS13),
        Transport.UDP,
        true);
  }
}
