package dev.ovenbird.protocol.data;

import static dev.ovenbird.protocol.data.CompressionFraming.COMPRESSED;
import static dev.ovenbird.protocol.data.CompressionFraming.LZO;
import static dev.ovenbird.protocol.data.CompressionFraming.NONE;
import static dev.ovenbird.protocol.data.CompressionFraming.STUB;
import static dev.ovenbird.protocol.data.CompressionFraming.STUB_V2;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of digest 5.7. */
class CompressionFramingTest {
  private static final byte[] PACKET = HexFormat.of().parseHex("4500001c99");

  private static String framed(CompressionFraming framing) {
    byte[] out = new byte[PACKET.length + framing.bytes()];
    framing.frame(MemorySegment.ofArray(PACKET), 0, PACKET.length, MemorySegment.ofArray(out));
    return HexFormat.of().formatHex(out);
  }

  private static int unframe(CompressionFraming framing, String hex) {
    byte[] payload = HexFormat.of().parseHex(hex);
    return framing.unframe(MemorySegment.ofArray(payload), 0, payload.length);
  }

  @Test
  void uncompressed_packets_look_like_this() {
    assertThat(framed(NONE)).isEqualTo("4500001c99");
    assertThat(framed(STUB_V2)).isEqualTo("4500001c99");
    assertThat(framed(LZO)).isEqualTo("fa4500001c99");
    assertThat(framed(STUB)).isEqualTo("fb00001c9945");
  }

  @ParameterizedTest
  @EnumSource
  void every_framing_comes_back(CompressionFraming framing) {
    byte[] payload = HexFormat.of().parseHex("00" + framed(framing));
    int length = framing.unframe(MemorySegment.ofArray(payload), 1, payload.length - 1);
    assertThat(length).isEqualTo(PACKET.length);
    int at = 1 + framing.skip();
    assertThat(Arrays.copyOfRange(payload, at, at + length)).isEqualTo(PACKET);
  }

  @Test
  void what_is_compressed_or_framed_otherwise_is_known_as_such() {
    assertThat(unframe(LZO, "66112233")).isEqualTo(COMPRESSED);
    assertThat(unframe(LZO, "4500001c")).isEqualTo(COMPRESSED);
    assertThat(unframe(STUB, "69112233")).isEqualTo(COMPRESSED);
    assertThat(unframe(STUB, "fa112233")).isEqualTo(COMPRESSED);
    for (CompressionFraming framing : new CompressionFraming[] {NONE, STUB_V2}) {
      assertThat(unframe(framing, "5001112233")).isEqualTo(COMPRESSED);
      assertThat(unframe(framing, "fa450000")).isEqualTo(COMPRESSED);
      assertThat(unframe(framing, "fb000045")).isEqualTo(COMPRESSED);
      assertThat(unframe(framing, "60000000")).as("IPv6").isEqualTo(4);
      assertThat(unframe(framing, "66600000")).as("IPv6 with a traffic class").isEqualTo(4);
      assertThat(unframe(framing, "50")).isEqualTo(1);
    }
  }

  @Test
  void shortest_payloads_stay_in_bounds() {
    assertThat(unframe(LZO, "fa")).isZero();
    assertThat(unframe(STUB, "fb")).isZero();
    for (CompressionFraming framing : CompressionFraming.values()) {
      assertThat(framing.unframe(MemorySegment.ofArray(new byte[0]), 0, 0)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "comp-lzo, LZO",
    "comp-lzo no, LZO",
    "comp-lzo adaptive, LZO",
    "compress lzo, LZO",
    "compress, STUB",
    "compress lz4, STUB",
    "compress stub-v2, STUB_V2",
    "compress lz4-v2, STUB_V2",
    "compress zstd,",
    "comp-noadapt,"
  })
  void options_stand_for(String option, CompressionFraming framing) {
    assertThat(CompressionFraming.of(option)).isEqualTo(framing);
  }

  @Test
  void what_a_server_pushes_is_what_a_client_reads() {
    for (CompressionFraming framing : CompressionFraming.values()) {
      String option = framing.option();
      if (option != null) {
        assertThat(CompressionFraming.of(option)).isEqualTo(framing);
      }
    }
  }
}
