package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.KnownKeys.UPSTREAM;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import org.junit.jupiter.api.Test;

class TlsAuthTest extends ControlWrapContract {
  // Upstream's client reset with key direction 1 (digest 2.8).
  private static final byte[] CLIENT_RESET =
      KnownKeys.hex(
          "38 de694c5c7bfba274 93537c1ded4e781529ae7cfe4b8c6d6b2b51f05a"
              + "00000001 61d3bf6c 00 00000000");

  @Override
  ControlWrap server() {
    return new TlsAuth(UPSTREAM, Role.SERVER, TlsAuth.Digest.SHA1);
  }

  @Override
  ControlWrap client() {
    return new TlsAuth(UPSTREAM, Role.CLIENT, TlsAuth.Digest.SHA1);
  }

  @Test
  void upstream_client_reset_unwraps_and_is_wrapped_the_same() {
    Unwrapped reset = requireNonNull(server().unwrap(CLIENT_RESET, CLIENT_RESET.length));
    assertThat(reset.sender()).isEqualTo(new SessionId(0xde694c5c7bfba274L));
    assertThat(reset.replayId()).isEqualTo(new ReplayId(1, 0x61d3bf6c));
    assertThat(reset.body()).isEqualTo(new byte[5]);
    assertThat(client().wrap(0x38, reset.sender(), reset.replayId(), reset.body()))
        .isEqualTo(CLIENT_RESET);
  }

  @Test
  void with_and_without_direction_do_not_mix() {
    ControlWrap plain = TlsAuth.withoutDirection(UPSTREAM, TlsAuth.Digest.SHA1);
    assertThat(plain.unwrap(CLIENT_RESET, CLIENT_RESET.length)).isNull();
    byte[] packet = plain.wrap(0x38, new SessionId(1), new ReplayId(1, 1), new byte[5]);
    assertThat(plain.unwrap(packet, packet.length)).isNotNull();
    assertThat(server().unwrap(packet, packet.length)).isNull();
    // Both use K0h, with which a directed server sends.
    assertThat(client().unwrap(packet, packet.length)).isNotNull();
  }

  @Test
  void every_digest_has_its_length() {
    for (TlsAuth.Digest digest : TlsAuth.Digest.values()) {
      TlsAuth client = new TlsAuth(UPSTREAM, Role.CLIENT, digest);
      TlsAuth server = new TlsAuth(UPSTREAM, Role.SERVER, digest);
      byte[] packet = client.wrap(0x38, new SessionId(1), new ReplayId(1, 1), new byte[5]);
      assertThat(packet).hasSize(1 + 8 + digest.bytes() + 8 + 5);
      assertThat(client.overhead()).isEqualTo(digest.bytes() + 8);
      assertThat(server.unwrap(packet, packet.length)).isNotNull();
    }
  }
}
