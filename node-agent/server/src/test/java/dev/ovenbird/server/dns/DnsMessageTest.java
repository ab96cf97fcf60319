package dev.ovenbird.server.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DnsMessageTest {
  private static final String HEADER = "1234 0100 0001 0000 0000 0000";
  private static final String WEB = "03 776562 00 0001 0001";

  private static byte[] hex(String... parts) {
    return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
  }

  private static DnsMessage.Query query(byte[] message) {
    return Objects.requireNonNull(DnsMessage.query(message));
  }

  private static int refusal(byte[] message) {
    byte @Nullable [] refusal = DnsMessage.refusal(message);
    assertThat(DnsMessage.query(message)).isNull();
    return refusal == null ? -1 : DnsMessage.code(refusal);
  }

  @Test
  void a_plain_query_is_forwarded_as_it_is_and_takes_512_bytes() {
    byte[] message = hex(HEADER, WEB);
    DnsMessage.Query query = query(message);
    assertThat(query.bytes()).isEqualTo(message);
    assertThat(query.udpBytes()).isEqualTo(512);
    assertThat(query.withId(0xffee)).startsWith(0xff, 0xee).hasSameSizeAs(message);
  }

  @Test
  void an_edns_size_is_bounded_to_what_passes_without_fragments() {
    byte[] message = hex("1234 0100 0001 0000 0000 0001", WEB, "00 0029 1000 00000000 0000");
    DnsMessage.Query query = query(message);
    assertThat(query.udpBytes()).isEqualTo(1232);
    assertThat(query.bytes()).containsSequence(0x29, 1232 >> 8, 1232 & 255);
    byte[] small = hex("1234 0100 0001 0000 0000 0001", WEB, "00 0029 0100 00000000 0000");
    assertThat(query(small).udpBytes()).isEqualTo(512);
    assertThat(query(small).bytes()).isEqualTo(small);
  }

  @Test
  void only_what_answers_the_question_under_its_id_is_an_answer() {
    DnsMessage.Query query = query(hex(HEADER, WEB));
    byte[] answer = hex("4321 8180 0001 0000 0000 0000", "03 576542 00 0001 0001");
    assertThat(query.isAnsweredBy(answer, 0x4321)).as("letters in another case").isTrue();
    assertThat(query.isAnsweredBy(answer, 0x1234)).as("another id").isFalse();
    assertThat(query.isAnsweredBy(hex("4321 0100 0001 0000 0000 0000", WEB), 0x4321)).isFalse();
    byte[] other = hex("4321 8180 0001 0000 0000 0000", "03 776563 00 0001 0001");
    assertThat(query.isAnsweredBy(other, 0x4321)).as("another name").isFalse();
    assertThat(query.isAnsweredBy(Arrays.copyOf(answer, 14), 0x4321)).isFalse();
    assertThat(query.answer(answer, false)).startsWith(0x12, 0x34, 0x81, 0x80);
  }

  @Test
  void an_answer_too_long_for_the_client_is_cut_to_its_question() {
    DnsMessage.Query query = query(hex(HEADER, WEB));
    byte[] answer = Arrays.copyOf(hex("4321 8180 0001 0005 0000 0000", WEB), 600);
    assertThat(query.answer(answer, false)).isEqualTo(hex("1234 8380 0001 0000 0000 0000", WEB));
    assertThat(query.answer(answer, true)).hasSize(600);
  }

  @Test
  void what_is_not_forwarded_is_refused_or_left_unanswered() {
    assertThat(refusal(hex("1234 2800 0001 0000 0000 0000", WEB))).as("an update").isEqualTo(4);
    assertThat(refusal(hex(HEADER, "03 776562 00 00fc 0001"))).as("a transfer").isEqualTo(5);
    assertThat(refusal(hex(HEADER, "03 776562"))).as("cut").isEqualTo(1);
    assertThat(refusal(hex(HEADER, "c00c 0001 0001"))).as("a pointer").isEqualTo(1);
    assertThat(refusal(hex("1234 0100 0002 0000 0000 0000", WEB, WEB))).isEqualTo(1);
    assertThat(refusal(hex("1234 8180 0001 0000 0000 0000", WEB))).as("an answer").isEqualTo(-1);
    assertThat(refusal(hex("1234"))).as("no header").isEqualTo(-1);
    byte[] longName = ("\u003f" + "x".repeat(63)).repeat(5).getBytes(StandardCharsets.US_ASCII);
    byte[] message = Arrays.copyOf(hex(HEADER), 12 + longName.length + 5);
    System.arraycopy(longName, 0, message, 12, longName.length);
    assertThat(refusal(message)).as("a name of 320 bytes").isEqualTo(1);
  }

  @Test
  void garbage_does_no_harm() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] message = new byte[random.nextInt(80)];
      random.nextBytes(message);
      if (message.length > 12) {
        // Often near the right thing.
        System.arraycopy(hex("0000 0100 0001 0000 0000 0001"), 0, message, 0, 12);
      }
      DnsMessage.query(message);
      DnsMessage.refusal(message);
    }
  }
}
