package dev.ovenbird.app.config;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Blocks of a PEM text; what is around them is ignored (RFC 7468). */
public final class Pem {
  private Pem() {}

  /**
   * Contents of all blocks of a label, in order; empty if there are none.
   *
   * @throws IllegalArgumentException if a block has no end or is not base64
   */
  public static List<byte[]> blocks(String label, String text) {
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    List<byte[]> blocks = new ArrayList<>();
    for (int at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
      int from = at + begin.length();
      int to = text.indexOf(end, from);
      if (to < 0) {
        throw new IllegalArgumentException("'" + begin + "' has no end");
      }
      try {
        blocks.add(Base64.getMimeDecoder().decode(text.substring(from, to)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("a " + label + " is not base64", e);
      }
      at = to + end.length();
    }
    return blocks;
  }

  /** One block, with lines of 64 characters. */
  public static String block(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
