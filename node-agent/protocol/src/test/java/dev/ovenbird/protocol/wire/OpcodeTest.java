package dev.ovenbird.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OpcodeTest {
  @Test
  void first_byte_holds_opcode_and_key_id() {
    assertThat(Opcode.firstByte(Opcode.CONTROL_HARD_RESET_CLIENT_V2, 0)).isEqualTo(0x38);
    assertThat(Opcode.firstByte(Opcode.CONTROL_HARD_RESET_SERVER_V2, 0)).isEqualTo(0x40);
    assertThat(Opcode.firstByte(Opcode.CONTROL_HARD_RESET_CLIENT_V3, 0)).isEqualTo(0x50);
    assertThat(Opcode.firstByte(Opcode.CONTROL_WKC_V1, 0)).isEqualTo(0x58);
    assertThat(Opcode.firstByte(Opcode.DATA_V2, 7)).isEqualTo(0x4f);
  }

  @Test
  void every_first_byte_reads_back_or_is_unknown() {
    for (int first = 0; first < 256; first++) {
      Opcode opcode = Opcode.ofFirstByte(first);
      assertThat(opcode)
          .isEqualTo(Opcode.of(first >>> 3))
          .isEqualTo(Opcode.ofFirstByte((byte) first));
      if (opcode == null) {
        assertThat(first >>> 3).matches(code -> code == 0 || code > 11);
      } else {
        assertThat(Opcode.firstByte(opcode, Opcode.keyId(first))).isEqualTo(first);
      }
    }
  }

  @Test
  void codes_outside_five_bits_are_unknown() {
    assertThat(Opcode.of(-1)).isNull();
    assertThat(Opcode.of(32)).isNull();
    assertThat(Opcode.of(Integer.MAX_VALUE)).isNull();
  }

  @Test
  void key_id_beyond_three_bits_is_refused() {
    assertThatThrownBy(() -> Opcode.firstByte(Opcode.CONTROL_V1, 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
