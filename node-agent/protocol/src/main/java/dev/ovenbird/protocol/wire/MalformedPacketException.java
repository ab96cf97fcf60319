package dev.ovenbird.protocol.wire;

/** A packet's bytes make no sense. Carries no stack trace: strangers can cause it at will. */
public final class MalformedPacketException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedPacketException(String message) {
    super(message, null, false, false);
  }
}
