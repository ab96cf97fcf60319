package dev.ovenbird.protocol.message;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.List;

/**
 * A text message inside TLS after the key exchange: printable ASCII and a NUL, one TLS record each
 * (digest 6.1, 6.2).
 */
public sealed interface TextMessage {
  /** Limit of an encoded message with its NUL. */
  int MAX_BYTES = 1024;

  /** The text without its NUL. */
  String text();

  /**
   * The plaintext of one record. What is not printable ASCII becomes {@code ?}, since receivers
   * discard messages that hold it; free text that is too long is cut.
   *
   * @throws IllegalArgumentException if pushed options are longer than {@link #MAX_BYTES}: use
   *     {@link PushReplySplit}
   */
  default byte[] encode() {
    String text = text();
    if (text.length() >= MAX_BYTES && (this instanceof PushReply || this instanceof Update)) {
      throw new IllegalArgumentException("pushed options of " + text.length() + " characters");
    }
    byte[] bytes = new byte[Math.min(text.length(), MAX_BYTES - 1) + 1];
    for (int i = 0; i < bytes.length - 1; i++) {
      char c = text.charAt(i);
      bytes[i] = (byte) (isPrintable(c) ? c : '?');
    }
    return bytes;
  }

  /**
   * The messages in one record's plaintext. Empty ones, and ones with any byte that is not
   * printable ASCII, are discarded.
   */
  static List<TextMessage> parse(byte[] record) {
    List<TextMessage> messages = new ArrayList<>(1);
    int start = 0;
    while (start < record.length) {
      int end = start;
      while (end < record.length && record[end] != 0) {
        end++;
      }
      int trimmed = end;
      while (trimmed > start && (record[trimmed - 1] == '\r' || record[trimmed - 1] == '\n')) {
        trimmed--;
      }
      if (trimmed > start && isPrintable(record, start, trimmed)) {
        messages.add(of(new String(record, start, trimmed - start, US_ASCII)));
      }
      start = end + 1;
    }
    return messages;
  }

  private static TextMessage of(String text) {
    if (text.startsWith("AUTH_FAILED")) {
      return new AuthFailed(after(text, "AUTH_FAILED"));
    } else if (text.equals("PUSH_REQUEST")) {
      return new PushRequest();
    } else if (text.equals("PUSH_REPLY") || text.startsWith("PUSH_REPLY,")) {
      return new PushReply(options(after(text, "PUSH_REPLY")));
    } else if (text.startsWith("PUSH_UPDATE,")) {
      return new Update(options(after(text, "PUSH_UPDATE")));
    } else if (text.startsWith("RESTART")) {
      return new Restart(after(text, "RESTART"));
    } else if (text.startsWith("HALT")) {
      return new Halt(after(text, "HALT"));
    } else if (text.startsWith("INFO_PRE,")) {
      return new InfoPre(after(text, "INFO_PRE"));
    } else if (text.startsWith("INFO,")) {
      return new Info(after(text, "INFO"));
    } else if (text.startsWith("AUTH_PENDING")) {
      return AuthPending.ofText(after(text, "AUTH_PENDING"));
    } else if (text.equals("EXIT")) {
      return new Exit();
    }
    return new Unknown(text);
  }

  private static List<String> options(String rest) {
    List<String> options = new ArrayList<>();
    for (String option : rest.split(",", -1)) {
      if (!option.isBlank()) {
        options.add(option);
      }
    }
    return options;
  }

  private static String after(String text, String word) {
    String rest = text.substring(word.length());
    return rest.startsWith(",") ? rest.substring(1) : rest;
  }

  private static boolean isPrintable(int c) {
    return c >= ' ' && c < 0x7F;
  }

  private static boolean isPrintable(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isPrintable(bytes[i])) {
        return false;
      }
    }
    return true;
  }

  private static String joined(String word, String rest) {
    return rest.isEmpty() ? word : word + "," + rest;
  }

  /** Client asks for its options. */
  record PushRequest() implements TextMessage {
    @Override
    public String text() {
      return "PUSH_REQUEST";
    }
  }

  /** One message of the server's options; long lists take several ({@link PushReplySplit}). */
  record PushReply(List<String> options) implements TextMessage {
    public PushReply {
      options = List.copyOf(options);
    }

    /** With the comma even if there are no options: OpenVPN 3 knows the message by it. */
    @Override
    public String text() {
      return "PUSH_REPLY," + String.join(",", options);
    }
  }

  /** Server changes the options of a client that is connected: {@link PushUpdate}. */
  record Update(List<String> options) implements TextMessage {
    public Update {
      options = List.copyOf(options);
    }

    @Override
    public String text() {
      return "PUSH_UPDATE," + String.join(",", options);
    }
  }

  /** Server refuses the client (digest 6.6). */
  record AuthFailed(String reason) implements TextMessage {
    /**
     * A refusal after which the client comes back: only for clients with {@link
     * IvProto#AUTH_FAIL_TEMP}.
     *
     * @param flags such as {@code backoff 5,advance remote}; may be empty
     */
    public static AuthFailed temporary(String flags, String reason) {
      return new AuthFailed("TEMP" + (flags.isEmpty() ? "" : "[" + flags + "]") + ":" + reason);
    }

    public boolean isTemporary() {
      return reason.startsWith("TEMP:") || reason.startsWith("TEMP[");
    }

    /** Flags of a temporary refusal in order; empty if there are none. */
    public List<String> flags() {
      int end = reason.indexOf(']');
      if (!reason.startsWith("TEMP[") || end < 0) {
        return List.of();
      }
      return List.of(reason.substring("TEMP[".length(), end).split(",", -1));
    }

    @Override
    public String text() {
      return joined("AUTH_FAILED", reason);
    }
  }

  /**
   * Server waits for somebody to decide.
   *
   * @param timeoutSeconds how long; 0 = not said
   */
  record AuthPending(int timeoutSeconds) implements TextMessage {
    static AuthPending ofText(String rest) {
      String keyword = "timeout ";
      if (!rest.startsWith(keyword)) {
        return new AuthPending(0);
      }
      try {
        return new AuthPending(Math.max(0, Integer.parseInt(rest.substring(keyword.length()))));
      } catch (NumberFormatException e) {
        return new AuthPending(0);
      }
    }

    @Override
    public String text() {
      return timeoutSeconds > 0 ? "AUTH_PENDING,timeout " + timeoutSeconds : "AUTH_PENDING";
    }
  }

  /** Server wants the client to reconnect: {@code [N]} next remote, {@code [P]} keep password. */
  record Restart(String flagsAndText) implements TextMessage {
    @Override
    public String text() {
      return joined("RESTART", flagsAndText);
    }
  }

  /** Server wants the client to stop. */
  record Halt(String flagsAndText) implements TextMessage {
    @Override
    public String text() {
      return joined("HALT", flagsAndText);
    }
  }

  /** For the person at the client. */
  record Info(String info) implements TextMessage {
    @Override
    public String text() {
      return joined("INFO", info);
    }
  }

  /** For the person at the client, before the connection is up. */
  record InfoPre(String info) implements TextMessage {
    @Override
    public String text() {
      return joined("INFO_PRE", info);
    }
  }

  /** The peer leaves; only if {@code cc-exit} was pushed. */
  record Exit() implements TextMessage {
    @Override
    public String text() {
      return "EXIT";
    }
  }

  /** Anything else: ignored. */
  record Unknown(String text) implements TextMessage {}
}
