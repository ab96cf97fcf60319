package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What the password of a key method 2 message says (digest 6.6): a password alone, with the answer
 * to a static challenge, or the answer to a dynamic one.
 *
 * @param password a copy, which its owner wipes; empty in the answer to a dynamic challenge
 * @param response null in a password alone
 * @param stateId of the dynamic challenge that is answered; null if none is
 */
record PasswordField(byte[] password, @Nullable String response, @Nullable String stateId) {
  private static final String STATIC = "SCRV1:";
  private static final String DYNAMIC = "CRV1::";

  /** Null if it is malformed. */
  static @Nullable PasswordField parse(byte[] field) {
    if (startsWith(field, STATIC)) {
      int colon = indexOf(field, ':', STATIC.length());
      byte[] password = colon < 0 ? null : decode(field, STATIC.length(), colon);
      byte[] response = colon < 0 ? null : decode(field, colon + 1, field.length);
      return password == null || response == null
          ? null
          : new PasswordField(password, new String(response, UTF_8), null);
    }
    if (startsWith(field, DYNAMIC)) {
      String text = new String(field, DYNAMIC.length(), field.length - DYNAMIC.length(), UTF_8);
      int colons = text.indexOf("::");
      return colons < 0
          ? null
          : new PasswordField(new byte[0], text.substring(colons + 2), text.substring(0, colons));
    }
    return new PasswordField(field.clone(), null, null);
  }

  /** A password with the answer to a static challenge, as clients send it. */
  static byte[] ofStatic(byte[] password, String response) {
    byte[] encoded = Base64.getEncoder().encode(password);
    byte[] answer = (":" + base64(response)).getBytes(US_ASCII);
    byte[] field =
        ByteBuffer.allocate(STATIC.length() + encoded.length + answer.length)
            .put(STATIC.getBytes(US_ASCII))
            .put(encoded)
            .put(answer)
            .array();
    Arrays.fill(encoded, (byte) 0);
    return field;
  }

  /** The answer to a dynamic challenge, as clients send it. */
  static byte[] ofDynamic(String stateId, String response) {
    return (DYNAMIC + stateId + "::" + response).getBytes(UTF_8);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static boolean startsWith(byte[] field, String word) {
    byte[] start = word.getBytes(US_ASCII);
    return field.length >= start.length
        && Arrays.equals(field, 0, start.length, start, 0, start.length);
  }

  private static int indexOf(byte[] field, char what, int from) {
    for (int i = from; i < field.length; i++) {
      if (field[i] == what) {
        return i;
      }
    }
    return -1;
  }

  private static byte @Nullable [] decode(byte[] field, int from, int to) {
    byte[] encoded = Arrays.copyOfRange(field, from, to);
    try {
      return Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      return null;
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  @Override
  public String toString() {
    return "PasswordField";
  }
}
