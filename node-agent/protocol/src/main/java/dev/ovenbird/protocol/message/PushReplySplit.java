package dev.ovenbird.protocol.message;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Cuts a list of options into as many PUSH_REPLY or PUSH_UPDATE messages as it needs (digest 6.3).
 */
public final class PushReplySplit {
  /** Fill of one message, as the reference has it: 1024 less 84. */
  static final int FILL = 940;

  /** Clients' limit of one option (digest 6.1), with its NUL. */
  static final int MAX_OPTION = 256;

  static final String MORE = "push-continuation 2";
  static final String LAST = "push-continuation 1";

  private PushReplySplit() {}

  /**
   * Encoded messages in the order to send them.
   *
   * @throws IllegalArgumentException if there are no options, or one is empty, too long, or holds a
   *     comma or anything but printable ASCII
   */
  public static List<byte[]> split(List<String> options) {
    if (options.isEmpty()) {
      throw new IllegalArgumentException("PUSH_REPLY needs an option: OpenVPN 3 ignores it else");
    }
    return split(options, TextMessage.PushReply::new);
  }

  /**
   * The same for what {@link PushUpdate#changes} says.
   *
   * @return nothing if there is nothing to say
   */
  public static List<byte[]> splitUpdate(List<String> changes) {
    return changes.isEmpty() ? List.of() : split(changes, TextMessage.Update::new);
  }

  private static List<byte[]> split(
      List<String> options, Function<List<String>, TextMessage> message) {
    List<List<String>> messages = new ArrayList<>();
    List<String> current = new ArrayList<>();
    int word = message.apply(List.of()).text().length() - 1;
    int length = word;
    for (String option : options) {
      check(option);
      if (length + 1 + option.length() > FILL) {
        messages.add(current);
        current = new ArrayList<>();
        length = word;
      }
      current.add(option);
      length += 1 + option.length();
    }
    messages.add(current);
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (messages.size() > 1) {
        messages.get(i).add(i < messages.size() - 1 ? MORE : LAST);
      }
      encoded.add(message.apply(messages.get(i)).encode());
    }
    return encoded;
  }

  private static void check(String option) {
    if (option.isBlank() || option.length() >= MAX_OPTION) {
      throw new IllegalArgumentException(
          "a pushed option has 1 to 255 characters, not " + option.length());
    }
    for (int i = 0; i < option.length(); i++) {
      char c = option.charAt(i);
      if (c < ' ' || c >= 0x7F || c == ',') {
        throw new IllegalArgumentException("cannot push \"" + option + "\": character " + (int) c);
      }
    }
  }
}
