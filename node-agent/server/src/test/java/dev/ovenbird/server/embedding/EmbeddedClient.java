package dev.ovenbird.server.embedding;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.*;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.server.*;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

record EmbeddedClient(TlsIdentity identity, List<byte[]> cas, ClientKeyFile key) {
  /** Sends an IP packet through the tunnel and waits for the one that comes back. */
  byte[] ask(InetSocketAddress server, byte[] packet) throws Exception {
    LongSupplier clock = () -> System.currentTimeMillis() / 1000;
    var tls =
        new BcTlsClientEngineFactory(
            new SecureRandom(), clock, identity, cas, "server", TlsVersion.TLS12, TlsVersion.TLS13);
    var config = ClientConfig.of(key, tls, Transport.UDP, true);
    try (var client = OvenbirdClient.connect(new ClientSettings(server, config))) {
      client.connected().get(20, TimeUnit.SECONDS);
      client.tun().send(packet);
      return Objects.requireNonNull(client.tun().receive(Duration.ofSeconds(10)), "no answer");
    }
  }
}
