package dev.ovenbird.operator.reconcile;

/** Something that a resource refers to is missing or unusable; the message says what to do. */
public final class UnresolvedException extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * @param reason of the condition, CamelCase
   */
  public UnresolvedException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
