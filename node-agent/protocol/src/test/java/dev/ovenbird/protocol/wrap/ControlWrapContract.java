package dev.ovenbird.protocol.wrap;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every wrap that authenticates must do. */
abstract class ControlWrapContract {
  private static final SessionId SENDER = new SessionId(0xf419cb12d1f9e48fL);
  private static final int FIRST = Opcode.firstByte(Opcode.CONTROL_V1, 3);
  private static final ReplayId ID = new ReplayId(0x0f000001, 0x61d3bf6c);

  abstract ControlWrap server();

  abstract ControlWrap client();

  @Test
  void what_one_side_wraps_the_other_unwraps() {
    Random random = new Random(3);
    for (int length = 0; length < 300; length++) {
      byte[] body = new byte[length];
      random.nextBytes(body);
      for (boolean fromServer : new boolean[] {true, false}) {
        ControlWrap sender = fromServer ? server() : client();
        ControlWrap receiver = fromServer ? client() : server();
        byte[] packet = sender.wrap(FIRST, SENDER, ID, body);
        assertThat(packet)
            .hasSize(ControlWrap.PLAIN_HEADER_BYTES + sender.overhead() + body.length);
        Unwrapped opened = requireNonNull(receiver.unwrap(packet, packet.length));
        assertThat(opened.firstByte()).isEqualTo(FIRST);
        assertThat(opened.sender()).isEqualTo(SENDER);
        assertThat(opened.replayId()).isEqualTo(ID);
        assertThat(opened.body()).isEqualTo(body);
      }
    }
  }

  @Test
  void bytes_behind_the_stated_length_do_not_count() {
    byte[] packet = client().wrap(FIRST, SENDER, ID, new byte[5]);
    byte[] larger = Arrays.copyOf(packet, packet.length + 100);
    assertThat(server().unwrap(larger, packet.length)).isNotNull();
    assertThat(server().unwrap(larger, larger.length)).isNull();
  }

  @Test
  void every_flipped_bit_and_every_cut_is_refused() {
    byte[] packet = client().wrap(FIRST, SENDER, ID, new byte[20]);
    ControlWrap server = server();
    for (int bit = 0; bit < packet.length * 8; bit++) {
      byte[] flipped = packet.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(server.unwrap(flipped, flipped.length)).as("bit %d", bit).isNull();
    }
    for (int length = 0; length < packet.length; length++) {
      assertThat(server.unwrap(packet, length)).as("length %d", length).isNull();
      assertThat(server.unwrap(Arrays.copyOf(packet, length), length)).isNull();
    }
    assertThat(server.unwrap(packet, packet.length)).isNotNull();
  }

  @Test
  void any_bytes_of_any_length_are_refused_quietly() {
    ControlWrap server = server();
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      for (int length = 0; length < 200; length++) {
        byte[] packet = new byte[length];
        random.nextBytes(packet);
        assertThat(server.unwrap(packet, length)).isNull();
        assertThat(server.unwrap(packet, length + 1)).isNull();
      }
    }
    assertThat(server.unwrap(new byte[100], -1)).isNull();
  }
}
