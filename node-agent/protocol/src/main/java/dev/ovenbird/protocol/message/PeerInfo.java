package dev.ovenbird.protocol.message;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of itself: the IV_* and UV_* lines of key method 2, made harmless (digest
 * 3.5). Nothing in it is proven.
 */
public final class PeerInfo {
  /** What nearly all clients say. */
  private static final List<String> NAMES =
      List.of(
          "IV_VER",
          "IV_PLAT",
          "IV_PROTO",
          "IV_CIPHERS",
          "IV_NCP",
          "IV_MTU",
          "IV_TCPNL",
          "IV_LZO_STUB",
          "IV_COMP_STUB",
          "IV_COMP_STUBv2",
          "IV_LZO",
          "IV_LZ4",
          "IV_LZ4v2",
          "IV_GUI_VER",
          "IV_SSO",
          "IV_HWADDR",
          "IV_SSL");

  public static final PeerInfo EMPTY = new PeerInfo(Map.of());

  private static final int MAX_LINE = 255;
  private static final int MAX_VALUES = 64;

  /** Names and values in turn: of thousands of idle clients, for a third of what a map takes. */
  private final String[] pairs;

  private final int ivProto;

  private PeerInfo(Map<String, String> values) {
    this.pairs =
        values.entrySet().stream()
            .flatMap(each -> Stream.of(shared(each.getKey()), each.getValue()))
            .toArray(String[]::new);
    this.ivProto = number("IV_PROTO");
  }

  private static String shared(String name) {
    int known = NAMES.indexOf(name);
    return known < 0 ? name : NAMES.get(known);
  }

  /** Reads the lines that are valid; others, and those beyond 64, are as if they had not come. */
  public static PeerInfo parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    int start = 0;
    while (start < text.length() && values.size() < MAX_VALUES) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      String line = text.substring(start, end);
      int equals = line.indexOf('=');
      if (equals > 0 && line.length() <= MAX_LINE && isName(line.substring(0, equals))) {
        values.put(line.substring(0, equals), harmless(line.substring(equals + 1)));
      }
      start = end + 1;
    }
    return values.isEmpty() ? EMPTY : new PeerInfo(values);
  }

  /** Every accepted variable, in the client's order. */
  public Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return Collections.unmodifiableMap(values);
  }

  private @Nullable String value(String name) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i].equals(name)) {
        return pairs[i + 1];
      }
    }
    return null;
  }

  /** IV_PROTO; 0 if absent or not a number. */
  public int ivProto() {
    return ivProto;
  }

  public boolean supports(IvProto bit) {
    return (ivProto & bit.mask()) != 0;
  }

  /** IV_CIPHERS in the client's order; null if the client did not say. */
  public @Nullable List<String> ciphers() {
    String list = value("IV_CIPHERS");
    return list == null ? null : List.of(list.split(":", -1));
  }

  /** IV_NCP; from 2 on the client takes the AES-GCM ciphers by push. */
  public int ncp() {
    return number("IV_NCP");
  }

  /** IV_MTU, the largest tun-mtu that may be pushed; 0 = none may. */
  public int mtu() {
    return number("IV_MTU");
  }

  /** IV_VER; empty if the client did not say. */
  public String version() {
    return Objects.requireNonNullElse(value("IV_VER"), "");
  }

  /** IV_PLAT; empty if the client did not say. */
  public String platform() {
    return Objects.requireNonNullElse(value("IV_PLAT"), "");
  }

  private int number(String name) {
    String value = value(name);
    if (value == null || value.isEmpty() || value.length() > 9) {
      return 0;
    }
    int number = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }

  private static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!(c < 0x7F && Character.isLetterOrDigit(c)) && c != '_') {
        return false;
      }
    }
    return name.startsWith("IV_") || name.startsWith("UV_") || name.equals("ID");
  }

  private static String harmless(String value) {
    StringBuilder clean = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean keep = c > ' ' && c < 0x7F && c != '$' && c != '(' && c != '`';
      clean.append(keep ? c : '_');
    }
    return clean.toString();
  }
}
