package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.KnownKeys.UPSTREAM;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import org.junit.jupiter.api.Test;

class TlsCryptTest extends ControlWrapContract {
  // Upstream's client reset (digest 2.8).
  private static final byte[] CLIENT_RESET =
      KnownKeys.hex(
          "38 f419cb12d1f9e48f 00000001 61d3f8e1"
              + "330206f56802be44fbed905064e3db43416bec5e526719462b7eb90c96defc9b 05c44879f7");

  @Override
  ControlWrap server() {
    return new TlsCrypt(UPSTREAM, Role.SERVER);
  }

  @Override
  ControlWrap client() {
    return new TlsCrypt(UPSTREAM, Role.CLIENT);
  }

  @Test
  void upstream_client_reset_unwraps() {
    Unwrapped reset = requireNonNull(server().unwrap(CLIENT_RESET, CLIENT_RESET.length));
    assertThat(reset.firstByte()).isEqualTo(0x38);
    assertThat(reset.sender()).isEqualTo(new SessionId(0xf419cb12d1f9e48fL));
    assertThat(reset.replayId()).isEqualTo(new ReplayId(1, 0x61d3f8e1));
    assertThat(reset.body()).isEqualTo(new byte[5]);
  }

  @Test
  void client_reset_is_wrapped_as_upstream_does() {
    byte[] packet =
        client()
            .wrap(
                0x38, new SessionId(0xf419cb12d1f9e48fL), new ReplayId(1, 0x61d3f8e1), new byte[5]);
    assertThat(packet).isEqualTo(CLIENT_RESET);
  }

  @Test
  void own_packets_sent_back_are_refused() {
    assertThat(client().unwrap(CLIENT_RESET, CLIENT_RESET.length)).isNull();
  }

  @Test
  void wrap_outlives_its_wiped_key() {
    StaticKey key = StaticKey.of(UPSTREAM.toBytes());
    TlsCrypt wrap = new TlsCrypt(key, Role.SERVER);
    key.wipe();
    assertThat(wrap.unwrap(CLIENT_RESET, CLIENT_RESET.length)).isNotNull();
  }
}
