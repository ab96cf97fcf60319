package dev.ovenbird.operator.resolve;

/**
 * One thing that a person must change.
 *
 * @param line 1 is the first; 0 if no line is to blame
 * @param field path such as spec.listeners[0].port; empty for the whole document
 * @param message what is wrong; what to do
 */
public record Problem(int line, String field, String message) {

  /** {@code FILE:line: field: message}. */
  public String in(String file) {
    return file + (line > 0 ? ":" + line : "") + ": " + text();
  }

  /** {@code field: message}. */
  String text() {
    return (field.isEmpty() ? "" : field + ": ") + message;
  }
}
