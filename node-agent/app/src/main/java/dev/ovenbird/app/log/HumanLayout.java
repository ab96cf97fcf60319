package dev.ovenbird.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * One aligned line: {@code 2026-11-21 14:03:07.123 INFO Connected client=alice
 * from=192.0.2.1:1194}. What a peer could have chosen cannot start a line of its own or move the
 * cursor.
 */
final class HumanLayout extends LayoutBase<ILoggingEvent> {
  private static final int MAX_CAUSES = 5;

  private final DateTimeFormatter time;

  HumanLayout(ZoneId zone) {
    time = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(zone);
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(128);
    time.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    line.append(' ').append(event.getLevel());
    line.append(" ".repeat(6 - event.getLevel().toString().length()));
    printable(line, event.getFormattedMessage(), false);
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        line.append(' ').append(pair.key).append('=');
        printable(line, String.valueOf(pair.value), true);
      }
    }
    IThrowableProxy cause = event.getThrowableProxy();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      line.append(" error=");
      printable(line, cause.getClassName() + ": " + cause.getMessage(), true);
      cause = cause.getCause();
    }
    return line.append('\n').toString();
  }

  private static void printable(StringBuilder line, String text, boolean quotes) {
    boolean quoted = quotes && (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c == '"'));
    if (quoted) {
      line.append('"');
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || c == '\u2028') {
        line.append(String.format("\\u%04x", (int) c));
      } else if (quoted && (c == '"' || c == '\\')) {
        line.append('\\').append(c);
      } else {
        line.append(c);
      }
    }
    if (quoted) {
      line.append('"');
    }
  }
}
