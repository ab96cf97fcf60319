package dev.ovenbird.protocol.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.message.TextMessage.AuthFailed;
import dev.ovenbird.protocol.message.TextMessage.AuthPending;
import dev.ovenbird.protocol.message.TextMessage.Exit;
import dev.ovenbird.protocol.message.TextMessage.Halt;
import dev.ovenbird.protocol.message.TextMessage.Info;
import dev.ovenbird.protocol.message.TextMessage.InfoPre;
import dev.ovenbird.protocol.message.TextMessage.PushReply;
import dev.ovenbird.protocol.message.TextMessage.PushRequest;
import dev.ovenbird.protocol.message.TextMessage.Restart;
import dev.ovenbird.protocol.message.TextMessage.Unknown;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextMessageTest {
  private static List<TextMessage> parse(String record) {
    return TextMessage.parse(record.getBytes(ISO_8859_1));
  }

  @Test
  void every_message_comes_back() {
    List<TextMessage> messages =
        List.of(
            new PushRequest(),
            new PushReply(List.of("ping 8", "route 10.0.0.0 255.0.0.0")),
            new AuthFailed("not on the roster"),
            new AuthFailed(""),
            new AuthPending(0),
            new AuthPending(60),
            new Restart("[NP]"),
            new Halt("gone"),
            new Info("hello"),
            new InfoPre("WEB_AUTH::https://example.com"),
            new Exit(),
            new Unknown("RELAY"));
    for (TextMessage message : messages) {
      byte[] record = message.encode();
      assertThat(record[record.length - 1]).isZero();
      assertThat(TextMessage.parse(record)).containsExactly(message);
    }
  }

  @Test
  void a_record_is_split_at_nul_and_line_ends_are_stripped() {
    assertThat(parse("PUSH_REQUEST\0EXIT\r\n\0\0\0INFO,x"))
        .containsExactly(new PushRequest(), new Exit(), new Info("x"));
  }

  @Test
  void messages_with_bytes_that_do_not_print_are_discarded() {
    assertThat(parse("EX\u0001IT\0EXIT\nX\0EXIT\u007f\0AUTH_FAILED,\u00e4\0EXIT\0"))
        .containsExactly(new Exit());
  }

  @Test
  void a_push_reply_has_its_comma_even_without_options() {
    assertThat(new PushReply(List.of()).text()).isEqualTo("PUSH_REPLY,");
    assertThat(parse("PUSH_REPLY")).containsExactly(new PushReply(List.of()));
    assertThat(parse("PUSH_REPLYX,a")).containsExactly(new Unknown("PUSH_REPLYX,a"));
  }

  @Test
  void temporary_refusals_carry_flags() {
    AuthFailed refusal = AuthFailed.temporary("backoff 5,advance remote", "full");
    assertThat(refusal.text()).isEqualTo("AUTH_FAILED,TEMP[backoff 5,advance remote]:full");
    assertThat(refusal.isTemporary()).isTrue();
    assertThat(refusal.flags()).containsExactly("backoff 5", "advance remote");
    assertThat(AuthFailed.temporary("", "full").text()).isEqualTo("AUTH_FAILED,TEMP:full");
    assertThat(new AuthFailed("no").isTemporary()).isFalse();
    assertThat(new AuthFailed("TEMP[x").flags()).isEmpty();
  }

  @Test
  void numbers_in_auth_pending_may_be_nonsense() {
    assertThat(parse("AUTH_PENDING,timeout 99999999999\0AUTH_PENDING,timeout -1\0AUTH_PENDING,x"))
        .containsExactly(new AuthPending(0), new AuthPending(0), new AuthPending(0));
  }

  @Test
  void free_text_is_cut_and_made_printable() {
    byte[] record = new AuthFailed("ä\n" + "x".repeat(2000)).encode();
    assertThat(record).hasSize(1024);
    assertThat(TextMessage.parse(record).getFirst().text()).startsWith("AUTH_FAILED,??xxx");
    assertThatThrownBy(() -> new PushReply(List.of("x".repeat(1020))).encode())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noise_never_throws() {
    Random random = new Random(3);
    String[] words = {"AUTH_FAILED", "PUSH_REPLY", ",", "AUTH_PENDING,timeout ", "TEMP[", "\0"};
    for (int i = 0; i < 20_000; i++) {
      StringBuilder record = new StringBuilder();
      for (int j = random.nextInt(6); j > 0; j--) {
        record.append(words[random.nextInt(words.length)]).append((char) random.nextInt(256));
      }
      for (TextMessage message : parse(record.toString())) {
        assertThat(message.text()).isNotNull();
        if (message instanceof AuthFailed refusal) {
          assertThat(refusal.flags()).isNotNull();
        }
      }
    }
  }
}
