package dev.ovenbird.protocol.message;

/**
 * A peer's message cannot be read. Made for every bad message of whoever connects, so it carries no
 * stack trace.
 */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedMessageException(String message) {
    super(message, null, false, false);
  }
}
