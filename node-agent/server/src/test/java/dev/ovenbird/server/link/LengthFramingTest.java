package dev.ovenbird.server.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LengthFramingTest {
  private static final int MOST = 300;

  private final MemorySegment packet = MemorySegment.ofArray(new byte[MOST]);

  @Test
  void packets_come_out_whole_however_the_stream_is_cut() {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      List<byte[]> sent = new ArrayList<>();
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      for (int i = 0; i < 20; i++) {
        byte[] bytes = new byte[1 + random.nextInt(MOST)];
        random.nextBytes(bytes);
        sent.add(bytes);
        stream.write(bytes.length >> 8);
        stream.write(bytes.length);
        stream.writeBytes(bytes);
      }
      assertThat(cut(stream.toByteArray(), 1 + random.nextInt(700), random))
          .usingRecursiveComparison()
          .isEqualTo(sent);
    }
  }

  @Test
  void a_length_of_zero_or_above_the_limit_is_no_such_stream() {
    assertThat(first(0, 0)).isEqualTo(-1);
    assertThat(first(1, 0x2d)).isEqualTo(-1); // 301
    assertThat(first(0x47, 0x45)).isEqualTo(-1); // "GE" of an HTTP request
    assertThat(first(1, 0x2c)).isEqualTo(0); // 300, and it has not come yet
  }

  @Test
  void a_bad_length_in_two_pieces_is_found_too() {
    LengthFraming framing = new LengthFraming(MOST);
    assertThat(framing.next(bytes(0xff), packet)).isZero();
    assertThat(framing.next(bytes(0xff, 1, 2), packet)).isEqualTo(-1);
  }

  private int first(int... stream) {
    return new LengthFraming(MOST).next(bytes(stream), packet);
  }

  private static ByteBuf bytes(int... values) {
    ByteBuf buffer = Unpooled.buffer();
    Arrays.stream(values).forEach(buffer::writeByte);
    return buffer;
  }

  private List<byte[]> cut(byte[] stream, int most, Random random) {
    LengthFraming framing = new LengthFraming(MOST);
    List<byte[]> got = new ArrayList<>();
    int at = 0;
    while (at < stream.length) {
      int size = Math.min(1 + random.nextInt(most), stream.length - at);
      ByteBuf piece = Unpooled.wrappedBuffer(stream, at, size);
      int length;
      while ((length = framing.next(piece, packet)) > 0) {
        got.add(packet.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      }
      assertThat(length).isZero();
      assertThat(piece.isReadable()).isFalse();
      at += size;
    }
    return got;
  }
}
