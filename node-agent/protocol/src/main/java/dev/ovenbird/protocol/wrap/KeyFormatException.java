package dev.ovenbird.protocol.wrap;

/** A key's text or bytes are not what they should be. The message never contains key material. */
public final class KeyFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public KeyFormatException(String message) {
    super(message);
  }
}
