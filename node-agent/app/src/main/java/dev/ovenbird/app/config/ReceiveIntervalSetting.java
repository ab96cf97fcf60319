package dev.ovenbird.app.config;

import dev.ovenbird.server.loop.ReceiveModeration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * How long packets may wait for one another under load, by the environment: {@code
 * OVENBIRD_RECEIVE_INTERVAL} is {@code auto}, {@code off}, or microseconds as {@code 150us}.
 *
 * @param value of it
 */
public record ReceiveIntervalSetting(String value) {
  private static final String NAME = "OVENBIRD_RECEIVE_INTERVAL";
  private static final String AUTO = "auto";

  /** As it comes. */
  public static final ReceiveIntervalSetting AUTOMATIC = new ReceiveIntervalSetting(AUTO);

  private static final Pattern MICROSECONDS = Pattern.compile("([0-9]{1,4})us");

  /** What the environment says. */
  public static ReceiveIntervalSetting read(Map<String, String> environment) {
    return new ReceiveIntervalSetting(environment.getOrDefault(NAME, AUTO));
  }

  /**
   * Nanoseconds; 0 = off.
   *
   * @throws ConfigException if it is neither of these, or too long
   */
  public long nanos() throws ConfigException {
    if (value.isEmpty() || value.equals(AUTO)) {
      return ReceiveModeration.DEFAULT_INTERVAL_NANOS;
    }
    if (value.equals("off")) {
      return 0;
    }
    var parsed = MICROSECONDS.matcher(value);
    if (parsed.matches()) {
      long nanos = TimeUnit.MICROSECONDS.toNanos(Long.parseLong(parsed.group(1)));
      if (nanos <= ReceiveModeration.MAX_INTERVAL_NANOS) {
        return nanos;
      }
    }
    throw new ConfigException(
        NAME + " is " + value + ": say auto, off, or microseconds from 0us to 1000us");
  }
}
