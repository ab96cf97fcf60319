package dev.ovenbird.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EarlyNegotiationTest {
  private static boolean resends(String hex) throws MalformedPacketException {
    return EarlyNegotiation.parse(HexFormat.of().parseHex(hex)).resendWrappedKey();
  }

  @Test
  void request_for_the_wrapped_key_is_six_bytes() throws Exception {
    byte[] payload = EarlyNegotiation.RESEND_WRAPPED_KEY.encode();
    assertThat(HexFormat.of().formatHex(payload)).isEqualTo("000100020001");
    assertThat(EarlyNegotiation.parse(payload)).isEqualTo(EarlyNegotiation.RESEND_WRAPPED_KEY);
    assertThat(new EarlyNegotiation(false).encode()).isEmpty();
  }

  @Test
  void unknown_entries_and_flags_are_skipped() throws Exception {
    assertThat(resends("")).isFalse();
    assertThat(resends("0001" + "0002" + "fffe")).isFalse();
    assertThat(resends("0009" + "0003" + "aabbcc" + "0001" + "0002" + "8001")).isTrue();
    assertThat(resends("0001" + "0002" + "0001" + "0000" + "0000")).isTrue();
  }

  @Test
  void malformed_entries_are_refused() {
    for (String hex :
        new String[] {"00", "000100", "00010002", "0001000200", "00010001ff", "0009ffff00"}) {
      assertThatThrownBy(() -> resends(hex)).as(hex).isInstanceOf(MalformedPacketException.class);
    }
  }

  @Test
  void any_bytes_are_read_or_refused() {
    Random random = new Random(2);
    for (int round = 0; round < 20_000; round++) {
      byte[] payload = new byte[random.nextInt(30)];
      random.nextBytes(payload);
      for (int i = 0; i < payload.length; i++) {
        payload[i] &= (byte) (random.nextBoolean() ? 3 : 0xff);
      }
      try {
        EarlyNegotiation.parse(payload);
      } catch (MalformedPacketException e) {
        assertThat(e).hasMessageContaining("early negotiation");
      }
    }
  }

  @Test
  void signal_is_the_counters_high_byte() {
    assertThat(EarlyNegotiation.isSignalled(0x0f000001)).isTrue();
    assertThat(EarlyNegotiation.isSignalled(0x0fffffff)).isTrue();
    assertThat(EarlyNegotiation.isSignalled(1)).isFalse();
    assertThat(EarlyNegotiation.isSignalled(0x10000000)).isFalse();
    assertThat(EarlyNegotiation.isSignalled(0xff000001)).isFalse();
  }
}
