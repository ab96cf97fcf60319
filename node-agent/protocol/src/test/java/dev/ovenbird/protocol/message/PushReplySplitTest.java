package dev.ovenbird.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.message.TextMessage.PushReply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PushReplySplitTest {
  private static @Nullable List<String> assemble(PushReplyAssembler assembler, byte[] record)
      throws MalformedMessageException {
    return assembler.add(((PushReply) TextMessage.parse(record).getFirst()).options());
  }

  private static List<String> routes(int count) {
    List<String> options = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      options.add("route 10." + i / 256 + "." + i % 256 + ".0 255.255.255.0");
    }
    return options;
  }

  @Test
  void a_short_list_is_one_message_without_continuation() {
    List<byte[]> records = PushReplySplit.split(List.of("ping 8", "topology subnet"));
    assertThat(records).hasSize(1);
    assertThat(TextMessage.parse(records.getFirst()).getFirst().text())
        .isEqualTo("PUSH_REPLY,ping 8,topology subnet");
  }

  @Test
  void an_update_is_cut_by_the_same_rules() {
    List<byte[]> records = PushReplySplit.splitUpdate(routes(60));
    assertThat(records).hasSizeGreaterThan(1).allMatch(record -> record.length <= 1024);
    assertThat(TextMessage.parse(records.getLast()).getFirst())
        .isInstanceOfSatisfying(
            TextMessage.Update.class,
            update -> assertThat(update.options()).endsWith("push-continuation 1"));
    assertThat(TextMessage.parse(records.getFirst()).getFirst().text())
        .startsWith("PUSH_UPDATE,route 10.0.0.0 ");
    assertThat(PushReplySplit.splitUpdate(List.of())).isEmpty();
  }

  @Test
  void long_lists_come_back_in_order() throws Exception {
    for (int count : new int[] {1, 20, 28, 29, 30, 31, 32, 60, 61, 500}) {
      List<String> options = routes(count);
      List<byte[]> records = PushReplySplit.split(options);
      PushReplyAssembler assembler = new PushReplyAssembler(100_000);
      List<String> all = null;
      for (int i = 0; i < records.size(); i++) {
        assertThat(all).isNull();
        String text = TextMessage.parse(records.get(i)).getFirst().text();
        assertThat(records.get(i).length).isLessThanOrEqualTo(1024);
        assertThat(text).startsWith("PUSH_REPLY,route ");
        if (records.size() > 1) {
          assertThat(text)
              .endsWith(i < records.size() - 1 ? "push-continuation 2" : "push-continuation 1");
        } else {
          assertThat(text).doesNotContain("push-continuation");
        }
        all = assemble(assembler, records.get(i));
      }
      assertThat(all).isEqualTo(options);
    }
  }

  @Test
  void options_that_a_client_would_misread_are_refused() {
    for (String option : new String[] {"", " ", "a,b", "a\nb", "ä", "x".repeat(256)}) {
      assertThatThrownBy(() -> PushReplySplit.split(List.of("ping 8", option)))
          .as(option)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> PushReplySplit.split(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(PushReplySplit.split(List.of("x".repeat(255)))).hasSize(1);
  }

  @Test
  void the_assembler_stops_at_its_limit_and_starts_afresh() throws Exception {
    PushReplyAssembler assembler = new PushReplyAssembler(20);
    assertThat(assembler.add(List.of("123456789", "push-continuation 2"))).isNull();
    assertThatThrownBy(() -> assembler.add(List.of("12345678901")))
        .isInstanceOf(MalformedMessageException.class);
    assertThat(assembler.add(List.of("a", "push-continuation 1"))).containsExactly("a");
  }
}
