package dev.ovenbird.operator.resolve;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Kubernetes writes them: 1h30m, 24s. */
public final class GoDuration {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})([hms])");

  private GoDuration() {}

  /**
   * Reads a text that the CRD's pattern admits.
   *
   * @throws IllegalArgumentException if a number is out of bounds
   */
  public static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (part.find() && part.start() == end) {
      long amount = Long.parseLong(part.group(1));
      sum =
          switch (part.group(2)) {
            case "h" -> sum.plusHours(amount);
            case "m" -> sum.plusMinutes(amount);
            default -> sum.plusSeconds(amount);
          };
      end = part.end();
    }
    if (end != text.length() || end == 0) {
      throw new IllegalArgumentException(text + " is no duration");
    }
    return sum;
  }
}
