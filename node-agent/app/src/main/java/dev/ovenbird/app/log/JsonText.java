package dev.ovenbird.app.log;

/** JSON strings and numbers for what is written a line at a time. */
public final class JsonText {
  private JsonText() {}

  /** Appends {@code "text"} with whatever JSON and a terminal need escaped. */
  public static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < ' ' || (c >= 0x7f && c < 0xa0) || c == '\u2028' || Character.isSurrogate(c)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Appends numbers and booleans as they are, null as null, all else as a string. */
  public static void value(StringBuilder out, Object value) {
    if (value instanceof Integer || value instanceof Long || value instanceof Boolean) {
      out.append(value);
    } else {
      string(out, String.valueOf(value));
    }
  }
}
