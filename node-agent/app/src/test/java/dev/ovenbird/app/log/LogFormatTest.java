package dev.ovenbird.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogFormatTest {
  private static LoggingEvent event(Level level, String message, KeyValuePair... pairs) {
    LoggerContext context = new LoggerContext();
    Exception cause =
        level == Level.ERROR ? new IOException("no\nspace", new IOException("disk")) : null;
    LoggingEvent event =
        new LoggingEvent("x", context.getLogger("dev.ovenbird.X"), level, message, cause, null);
    event.setTimeStamp(0);
    for (KeyValuePair pair : pairs) {
      event.addKeyValuePair(pair);
    }
    return event;
  }

  @Test
  void a_human_line_is_time_level_message_and_keys() {
    HumanLayout layout = new HumanLayout(ZoneOffset.UTC);
    assertThat(
            layout.doLayout(
                event(
                    Level.INFO,
                    "Connected",
                    new KeyValuePair("client", "alice"),
                    new KeyValuePair("since", "two words"),
                    new KeyValuePair("none", ""))))
        .isEqualTo(
            "1970-01-01 00:00:00.000 INFO  Connected client=alice since=\"two words\" none=\"\"\n");
    assertThat(layout.doLayout(event(Level.ERROR, "Failed")))
        .isEqualTo(
            "1970-01-01 00:00:00.000 ERROR Failed error=\"java.io.IOException: no\\u000aspace\""
                + " error=\"java.io.IOException: disk\"\n");
  }

  @Test
  void what_a_peer_chose_cannot_forge_a_line_or_move_the_cursor() {
    String line =
        new HumanLayout(ZoneOffset.UTC)
            .doLayout(
                event(Level.WARN, "Bad\nINFO all well", new KeyValuePair("cn", "\u001b[2J\u202e")));
    assertThat(line.chars().filter(c -> c == '\n')).hasSize(1);
    assertThat(line).doesNotContain("\u001b", "\u202e").contains("\\u000a", "\\u001b");
  }

  @Test
  void a_json_line_is_one_object_with_the_events_keys() throws IOException {
    String line =
        new JsonLayout()
            .doLayout(
                event(
                    Level.ERROR,
                    "Fa\"iled\n",
                    new KeyValuePair("lane", 0),
                    new KeyValuePair("message", "mine"),
                    new KeyValuePair("name", "\ud83d\u0000")));
    assertThat(line).endsWith("}\n").hasLineCount(1);
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.get("time").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(json.get("level").asText()).isEqualTo("error");
    assertThat(json.get("message").asText()).isEqualTo("Fa\"iled\n");
    assertThat(json.get("lane").asInt(7)).isZero();
    assertThat(json.get("message_").asText()).isEqualTo("mine");
    assertThat(json.get("error").asText()).contains("no\nspace", "disk");
  }
}
