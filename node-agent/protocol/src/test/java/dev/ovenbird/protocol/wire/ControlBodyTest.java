package dev.ovenbird.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ControlBodyTest {
  private static final SessionId RECEIVER = new SessionId(0xde694c5c7bfba274L);

  @Test
  void client_reset_is_five_zero_bytes() {
    byte[] body = new ControlBody(new int[0], SessionId.UNDEFINED, 0, new byte[0]).encode();
    assertThat(body).isEqualTo(new byte[5]);
  }

  @Test
  void acks_are_four_bytes_each_then_receiver_then_message_id() throws Exception {
    ControlBody body = new ControlBody(new int[] {2, -1}, RECEIVER, 0xfffffffeL, new byte[] {9});
    assertThat(HexFormat.of().formatHex(body.encode()))
        .isEqualTo("02" + "00000002" + "ffffffff" + "de694c5c7bfba274" + "fffffffe" + "09");
    ControlBody read = ControlBody.parse(false, body.encode());
    assertThat(read.acks()).containsExactly(2, -1);
    assertThat(read.receiver()).isEqualTo(RECEIVER);
    assertThat(read.messageId()).isEqualTo(0xfffffffeL);
    assertThat(read.payload()).containsExactly(9);
  }

  @Test
  void acknowledgement_has_no_message_id_and_no_payload() throws Exception {
    byte[] encoded = ControlBody.acknowledgement(new int[] {5}, RECEIVER).encode();
    assertThat(encoded).hasSize(13);
    ControlBody read = ControlBody.parse(true, encoded);
    assertThat(read.isAckOnly()).isTrue();
    assertThat(read.acks()).containsExactly(5);
    assertThat(read.payload()).isEmpty();
  }

  @Test
  void eight_acks_are_read_and_nine_refused() throws Exception {
    byte[] body = new byte[1 + 9 * 4 + 8 + 4];
    body[0] = 8;
    assertThat(ControlBody.parse(false, body).acks()).hasSize(8);
    for (int count = 9; count < 256; count++) {
      byte[] tooMany = new byte[1 + count * 4 + 8 + 4];
      tooMany[0] = (byte) count;
      assertThatThrownBy(() -> ControlBody.parse(false, tooMany))
          .isInstanceOf(MalformedPacketException.class);
      assertThatThrownBy(() -> ControlBody.parse(true, tooMany))
          .isInstanceOf(MalformedPacketException.class);
    }
  }

  @Test
  void every_cut_is_refused() {
    for (int count = 0; count <= 8; count++) {
      for (boolean ackOnly : new boolean[] {true, false}) {
        int whole = ControlBody.headerBytes(count, ackOnly);
        for (int length = 0; length < whole; length++) {
          byte[] cut = new byte[length];
          if (length > 0) {
            cut[0] = (byte) count;
          }
          assertThatThrownBy(() -> ControlBody.parse(ackOnly, cut))
              .isInstanceOf(MalformedPacketException.class);
        }
      }
    }
  }

  @Test
  void any_bytes_are_read_or_refused_and_what_is_read_encodes_to_the_same() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] body = new byte[random.nextInt(80)];
      random.nextBytes(body);
      if (body.length > 0 && random.nextBoolean()) {
        body[0] = (byte) random.nextInt(10);
      }
      try {
        assertThat(ControlBody.parse(false, body).encode()).isEqualTo(body);
        ControlBody.parse(true, body);
      } catch (MalformedPacketException e) {
        assertThat(e.getStackTrace()).isEmpty();
      }
    }
  }

  @Test
  void own_mistakes_are_refused() {
    assertThatThrownBy(() -> new ControlBody(new int[9], RECEIVER, 0, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ControlBody(new int[0], RECEIVER, 1L << 32, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
