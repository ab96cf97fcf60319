package dev.ovenbird.protocol.wrap;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.SessionId;
import org.junit.jupiter.api.Test;

class UnprotectedTest {
  private final ControlWrap wrap = new Unprotected();

  @Test
  void smallest_client_reset_has_fourteen_bytes() {
    byte[] packet = wrap.wrap(0x38, new SessionId(0x0102030405060708L), ReplayId.NONE, new byte[5]);
    assertThat(packet).isEqualTo(KnownKeys.hex("38 0102030405060708 00 00000000"));
    Unwrapped opened = requireNonNull(wrap.unwrap(packet, packet.length));
    assertThat(opened.firstByte()).isEqualTo(0x38);
    assertThat(opened.sender()).isEqualTo(new SessionId(0x0102030405060708L));
    assertThat(opened.body()).isEqualTo(new byte[5]);
    assertThat(wrap.hasReplayIds()).isFalse();
    assertThat(wrap.overhead()).isZero();
  }

  @Test
  void short_packets_are_refused() {
    for (int length = -1; length < 9; length++) {
      assertThat(wrap.unwrap(new byte[20], length)).isNull();
    }
    assertThat(wrap.unwrap(new byte[20], 21)).isNull();
    assertThat(wrap.unwrap(new byte[20], 9)).isNotNull();
  }
}
