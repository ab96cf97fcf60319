package dev.ovenbird.operator.status;

/**
 * Status, reason and message of a condition.
 *
 * @param reason CamelCase
 * @param message what is wrong and what to do, without anything that changes by itself
 */
public record Verdict(boolean good, String reason, String message) {
  public static Verdict good(String reason, String message) {
    return new Verdict(true, reason, message);
  }

  public static Verdict bad(String reason, String message) {
    return new Verdict(false, reason, message);
  }
}
