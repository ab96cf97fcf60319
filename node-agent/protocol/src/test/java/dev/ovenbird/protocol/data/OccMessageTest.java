package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class OccMessageTest {
  @Test
  void exit_is_recognised() {
    MemorySegment exit =
        MemorySegment.ofArray(HexFormat.of().parseHex("00287f346bd4ef7a812d56b8d3afc5459c06"));
    assertThat(OccMessage.isOcc(exit, 1, 17)).isTrue();
    assertThat(OccMessage.op(exit, 1)).isEqualTo(OccMessage.EXIT);
    assertThat(OccMessage.isOcc(exit, 1, 16)).isFalse();
    assertThat(OccMessage.isOcc(exit, 0, 18)).isFalse();
    assertThat(OccMessage.isOcc(Ping.payload(), 0, 16)).isFalse();
  }

  @Test
  void our_exit_is_an_exit() {
    MemorySegment exit = OccMessage.exitPayload();
    assertThat(exit.byteSize()).isEqualTo(OccMessage.EXIT_BYTES);
    assertThat(OccMessage.isOcc(exit, 0, OccMessage.EXIT_BYTES)).isTrue();
    assertThat(OccMessage.op(exit, 0)).isEqualTo(OccMessage.EXIT);
  }
}
