package dev.ovenbird.protocol.wrap;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Text between BEGIN and END markers; everything around the markers is ignored. */
public final class PemBlock {
  private PemBlock() {}

  /** Contents of all blocks with this label, without white space. */
  static List<String> contents(String label, String text) {
    String begin = begin(label);
    String end = end(label);
    List<String> contents = new ArrayList<>();
    int from = text.indexOf(begin);
    while (from >= 0) {
      int start = from + begin.length();
      int stop = text.indexOf(end, start);
      if (stop < 0) {
        throw new KeyFormatException("no line \"" + end + "\"");
      }
      contents.add(withoutWhiteSpace(text, start, stop));
      from = text.indexOf(begin, stop + end.length());
    }
    if (contents.isEmpty()) {
      throw new KeyFormatException("no line \"" + begin + "\"");
    }
    return contents;
  }

  /** Bytes of all blocks with this label, read as base64. */
  public static List<byte[]> decode(String label, String text) {
    List<byte[]> decoded = new ArrayList<>();
    for (String content : contents(label, text)) {
      try {
        decoded.add(Base64.getDecoder().decode(content));
      } catch (IllegalArgumentException e) {
        throw new KeyFormatException("\"" + label + "\" is not base64");
      }
    }
    return decoded;
  }

  public static String encode(String label, byte[] bytes) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return begin(label) + "\n" + base64 + "\n" + end(label) + "\n";
  }

  public static String begin(String label) {
    return "-----BEGIN " + label + "-----";
  }

  static String end(String label) {
    return "-----END " + label + "-----";
  }

  private static String withoutWhiteSpace(String text, int start, int stop) {
    StringBuilder content = new StringBuilder(stop - start);
    for (int i = start; i < stop; i++) {
      char c = text.charAt(i);
      if (!Character.isWhitespace(c)) {
        content.append(c);
      }
    }
    return content.toString();
  }
}
