package dev.ovenbird.app.preflight;

/**
 * One thing that was checked on a node.
 *
 * @param type of the condition, as {@code TunUsable}
 * @param reason one CamelCase word for programs, as {@code PortTaken}
 * @param message what was found, where, and, unless good, what to do
 */
public record Finding(String type, State state, String reason, String message) {
  /** What the check came to. */
  public enum State {
    Good,
    Bad,
    /** It could not be checked; the message says why. */
    Unknown
  }
}
