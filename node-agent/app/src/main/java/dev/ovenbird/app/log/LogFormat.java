package dev.ovenbird.app.log;

/** How a log line looks. */
public enum LogFormat {
  /** Time, level, message, then key=value. */
  human,
  /** One JSON object. */
  json
}
