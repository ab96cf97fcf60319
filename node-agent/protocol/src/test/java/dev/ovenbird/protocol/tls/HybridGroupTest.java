package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import org.junit.jupiter.api.Test;

/** X25519MLKEM768 wherever both sides have it, X25519 elsewhere, and never a second round trip. */
class HybridGroupTest {
  private static final int X25519_MLKEM768 = 0x11ec;
  private static final int X25519 = 0x1d;

  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final TlsIdentity SERVER = TestPki.server(CA, "EC256");
  private static final TlsIdentity CLIENT = TestPki.client(CA, "EC256");

  private static ServerHello answer(Engines client, Engines server) {
    Loopback pair =
        new Loopback(
            Loopback.client(client, CLIENT, TlsVersion.TLS13, null, CA.der()),
            Loopback.server(server, SERVER, CA.der()));
    pair.client.start();
    pair.server.offer(pair.client.takeOutput());
    byte[] flight = pair.server.takeOutput();
    pair.client.offer(flight);
    pair.pump();
    assertThat(pair.isUp()).isTrue();
    return ServerHello.in(flight);
  }

  @Test
  void two_that_have_the_hybrid_use_it() {
    assertThat(answer(Engines.BOUNCY_CASTLE, Engines.BOUNCY_CASTLE))
        .isEqualTo(new ServerHello(0x0304, X25519_MLKEM768, false));
  }

  @Test
  void one_that_lacks_it_is_met_by_x25519() {
    ServerHello classic = new ServerHello(0x0304, X25519, false);
    assertThat(answer(Engines.BOUNCY_CASTLE, Engines.JSSE)).isEqualTo(classic);
    assertThat(answer(Engines.JSSE, Engines.BOUNCY_CASTLE)).isEqualTo(classic);
    assertThat(answer(Engines.JSSE, Engines.JSSE)).isEqualTo(classic);
  }
}
