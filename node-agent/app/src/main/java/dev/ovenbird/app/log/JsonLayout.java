package dev.ovenbird.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/** One JSON object a line: time, level, logger, message, the event's own keys, error. */
final class JsonLayout extends LayoutBase<ILoggingEvent> {
  private static final Set<String> OURS = Set.of("time", "level", "logger", "message", "error");

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(192);
    line.append("{\"time\":\"").append(Instant.ofEpochMilli(event.getTimeStamp()));
    line.append("\",\"level\":\"").append(event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.append("\",\"logger\":");
    JsonText.string(line, event.getLoggerName());
    line.append(",\"message\":");
    JsonText.string(line, event.getFormattedMessage());
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        line.append(',');
        JsonText.string(line, OURS.contains(pair.key) ? pair.key + "_" : pair.key);
        line.append(':');
        JsonText.value(line, pair.value);
      }
    }
    IThrowableProxy error = event.getThrowableProxy();
    if (error != null) {
      line.append(",\"error\":");
      JsonText.string(line, ThrowableProxyUtil.asString(error));
    }
    return line.append("}\n").toString();
  }
}
