package dev.ovenbird.server.embedding;

import dev.ovenbird.protocol.message.*;
import dev.ovenbird.protocol.session.*;
import dev.ovenbird.protocol.tls.*;
import dev.ovenbird.protocol.wrap.*;
import dev.ovenbird.server.*;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;

record EmbeddedServer(byte[] addressOfAlice) implements Admission {
  OvenbirdServer start(
      TlsIdentity identity, List<byte[]> cas, TlsCryptV2ServerKey key, TunSpec tun) {
    LongSupplier clock = () -> System.currentTimeMillis() / 1000;
    var tls =
        new BcTlsServerEngineFactory(new SecureRandom(), clock, identity, cas, TlsVersion.TLS12);
    var network = TunnelNetwork.of("10.88.0.0/16", "10.88.0.1", null, null);
    return OvenbirdServer.start(
        ServerSettings.builder("mine", network, ServerConfig.of(List.of(key), tls), this)
            .listener(ListenerSpec.udp(0, "127.0.0.1"))
            .tun(tun)
            .allowedDestinations("10.96.0.0/12")
            .build());
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return metadata.length > 0;
  }

  @Override
  public Verdict admit(PeerIdentity peer, PeerInfo info, LinkPath path) {
    return peer.commonName().equals("alice")
        ? new Admitted("alice", List.of(addressOfAlice), List.of("topology subnet"))
        : new Refused("not on the list");
  }
}
