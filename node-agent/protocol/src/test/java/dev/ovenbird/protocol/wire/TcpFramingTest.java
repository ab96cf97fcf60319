package dev.ovenbird.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TcpFramingTest {
  private final TcpFraming framing = new TcpFraming(2000);

  @Test
  void frame_is_found_only_when_whole() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[] {99, 0, 3, 1, 2, 3, 0, 1, 7});
    for (int available = 0; available < 5; available++) {
      assertThat(framing.next(bytes, 1, available)).isEqualTo(TcpFraming.INCOMPLETE);
    }
    assertThat(framing.next(bytes, 1, 5)).isEqualTo(3);
    assertThat(framing.next(bytes, 1, 8)).isEqualTo(3);
    assertThat(framing.next(bytes, 6, 3)).isEqualTo(1);
  }

  @Test
  void zero_and_too_long_are_malformed_as_soon_as_the_header_is_there() {
    assertThat(framing.next(MemorySegment.ofArray(new byte[] {0, 0}), 0, 2))
        .isEqualTo(TcpFraming.MALFORMED);
    assertThat(framing.next(MemorySegment.ofArray(new byte[] {7, (byte) 0xd1}), 0, 2))
        .isEqualTo(TcpFraming.MALFORMED);
    assertThat(framing.next(MemorySegment.ofArray(new byte[] {7, (byte) 0xd0}), 0, 2))
        .isEqualTo(TcpFraming.INCOMPLETE);
    assertThat(framing.next(MemorySegment.ofArray(new byte[] {-1, -1}), 0, 2))
        .isEqualTo(TcpFraming.MALFORMED);
  }

  @Test
  void packets_come_out_as_they_went_in_however_the_stream_is_split() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      MemorySegment stream = MemorySegment.ofArray(new byte[100_000]);
      List<Integer> sent = new ArrayList<>();
      long end = 0;
      while (sent.size() < 40) {
        int length = 1 + random.nextInt(2000);
        TcpFraming.writeHeader(stream, end, length);
        sent.add(length);
        end += TcpFraming.HEADER_BYTES + length;
      }
      List<Integer> received = new ArrayList<>();
      long read = 0;
      long arrived = 0;
      while (arrived < end) {
        arrived = Math.min(end, arrived + random.nextInt(700));
        for (int length; (length = framing.next(stream, read, arrived - read)) >= 0; ) {
          received.add(length);
          read += TcpFraming.HEADER_BYTES + length;
        }
      }
      assertThat(received).as("seed %d", seed).isEqualTo(sent);
    }
  }

  @Test
  void header_cannot_express_what_the_receiver_would_refuse() {
    MemorySegment out = MemorySegment.ofArray(new byte[2]);
    assertThatThrownBy(() -> TcpFraming.writeHeader(out, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TcpFraming.writeHeader(out, 0, 65536))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
