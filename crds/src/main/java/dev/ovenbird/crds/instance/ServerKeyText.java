package dev.ovenbird.crds.instance;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How the file of tls-crypt-v2 server keys says of which generation each is: by a line before it,
 * which whoever reads PEM passes over. So an agent cannot hold a key and not know its generation.
 */
public final class ServerKeyText {
  private static final String LINE = "# generation ";
  private static final Pattern LINES = Pattern.compile("(?m)^" + LINE + "([1-9]\\d{0,5})$");

  private ServerKeyText() {}

  /** A key with its line. */
  public static String of(int generation, String pem) {
    return LINE + generation + "\n" + pem;
  }

  /** Generations of the keys in a file, in order; 1 if it says nothing of them. */
  public static List<Integer> generations(String text) {
    List<Integer> said =
        LINES.matcher(text).results().map(one -> Integer.valueOf(one.group(1))).toList();
    return said.isEmpty() ? List.of(1) : said;
  }
}
