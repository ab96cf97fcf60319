package dev.ovenbird.app.config;

/** A file that a person or the operator must change. The message is one line: file, field, why. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
