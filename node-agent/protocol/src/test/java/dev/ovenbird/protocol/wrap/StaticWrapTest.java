package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.KnownKeys.UPSTREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Upstream's client resets (digest 2.8), by the wrap that a server is configured with. */
class StaticWrapTest {
  private static final byte[] TLS_AUTH_RESET =
      KnownKeys.hex(
          "38 de694c5c7bfba274 93537c1ded4e781529ae7cfe4b8c6d6b2b51f05a"
              + "00000001 61d3bf6c 00 00000000");
  private static final byte[] TLS_CRYPT_RESET =
      KnownKeys.hex(
          "38 f419cb12d1f9e48f 00000001 61d3f8e1"
              + "330206f56802be44fbed905064e3db43416bec5e526719462b7eb90c96defc9b 05c44879f7");

  @Test
  void each_takes_its_own_packets_alone() {
    ControlWrap crypt = new StaticWrap.Crypt(UPSTREAM).control(Role.SERVER);
    ControlWrap auth =
        new StaticWrap.Auth(UPSTREAM, TlsAuth.Digest.SHA1, true).control(Role.SERVER);
    assertThat(crypt.unwrap(TLS_CRYPT_RESET, TLS_CRYPT_RESET.length)).isNotNull();
    assertThat(auth.unwrap(TLS_AUTH_RESET, TLS_AUTH_RESET.length)).isNotNull();
    assertThat(crypt.unwrap(TLS_AUTH_RESET, TLS_AUTH_RESET.length)).isNull();
    assertThat(auth.unwrap(TLS_CRYPT_RESET, TLS_CRYPT_RESET.length)).isNull();
  }

  @ParameterizedTest
  @EnumSource(TlsAuth.Digest.class)
  void tls_auth_goes_both_ways_with_and_without_direction(TlsAuth.Digest digest) {
    for (boolean direction : new boolean[] {true, false}) {
      StaticWrap wrap = new StaticWrap.Auth(UPSTREAM, digest, direction);
      for (Role sender : Role.values()) {
        Role receiver = sender == Role.SERVER ? Role.CLIENT : Role.SERVER;
        byte[] packet =
            wrap.control(sender).wrap(0x38, new SessionId(1), new ReplayId(1, 1), new byte[5]);
        assertThat(wrap.control(receiver).unwrap(packet, packet.length)).isNotNull();
        // With a direction nobody's packets can be reflected to him.
        Unwrapped reflected = wrap.control(sender).unwrap(packet, packet.length);
        assertThat(reflected == null).isEqualTo(direction);
      }
    }
  }

  @Test
  void text_forms_show_no_key() {
    StaticWrap auth = new StaticWrap.Auth(UPSTREAM, TlsAuth.Digest.SHA1, true);
    assertThat(auth.toString()).doesNotContain("8ea8f95d").contains("StaticKey");
    assertThat(ServerWraps.tlsCryptV2(java.util.List.of()).withShared(auth).toString())
        .isEqualTo("ServerWraps[0 server keys, 1 shared]");
  }
}
