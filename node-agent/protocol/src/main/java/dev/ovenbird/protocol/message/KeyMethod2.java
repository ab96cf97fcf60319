package dev.ovenbird.protocol.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What the two key method 2 messages share: prefix, randoms, strings (digest 3.3). */
final class KeyMethod2 {
  static final int PRE_MASTER_BYTES = 48;
  static final int RANDOM_BYTES = 32;

  /** Limit of the options string with its NUL. */
  static final int MAX_OPTIONS = 512;

  /** Limit of every other string with its NUL; more than any client sends. */
  static final int MAX_STRING = 8192;

  private static final int METHOD = 2;

  private KeyMethod2() {}

  static ByteArrayOutputStream begin() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    out.writeBytes(new byte[4]);
    out.write(METHOD);
    return out;
  }

  /** Length with the NUL, then text and NUL; the empty string is the length 0 alone. */
  static void writeString(ByteArrayOutputStream out, String text, int limit) {
    writeString(out, text.getBytes(UTF_8), limit);
  }

  static void writeString(ByteArrayOutputStream out, byte[] bytes, int limit) {
    if (bytes.length >= limit) {
      throw new IllegalArgumentException("a string of " + bytes.length + " bytes, limit " + limit);
    }
    if (bytes.length == 0) {
      out.writeBytes(new byte[2]);
      return;
    }
    int length = bytes.length + 1;
    out.write(length >>> 8);
    out.write(length);
    out.writeBytes(bytes);
    out.write(0);
  }

  static ByteBuffer open(byte[] message) throws MalformedMessageException {
    ByteBuffer in = ByteBuffer.wrap(message);
    if (message.length < 5) {
      throw new MalformedMessageException("key exchange message too short");
    }
    // The first four bytes are skipped without a check, the high nibble is reserved.
    if ((in.get(4) & 0x0F) != METHOD) {
      throw new MalformedMessageException("key method is not 2");
    }
    return in.position(5);
  }

  static byte[] readBytes(ByteBuffer in, int count) throws MalformedMessageException {
    if (in.remaining() < count) {
      throw new MalformedMessageException("key exchange message too short");
    }
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /** Very old peers end before the last strings: what is missing is empty. */
  static String readString(ByteBuffer in, int limit) throws MalformedMessageException {
    return new String(readText(in, limit), UTF_8);
  }

  /** The same as bytes: a copy, which can be wiped. */
  static byte[] readText(ByteBuffer in, int limit) throws MalformedMessageException {
    if (!in.hasRemaining()) {
      return new byte[0];
    }
    if (in.remaining() < 2) {
      throw new MalformedMessageException("half a string length");
    }
    int length = in.getShort() & 0xFFFF;
    if (length > in.remaining()) {
      throw new MalformedMessageException("string longer than its message");
    }
    if (length > limit) {
      throw new MalformedMessageException("string of " + length + " bytes, limit " + limit);
    }
    int start = in.position();
    in.position(start + length);
    // The last byte stands for the NUL whatever it is; text ends at the first NUL.
    int end = 0;
    while (end < length - 1 && in.get(start + end) != 0) {
      end++;
    }
    return Arrays.copyOfRange(in.array(), start, start + end);
  }

  /** Control characters become {@code _} before anyone compares, logs or shows a credential. */
  static String printable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      clean.append(Character.isISOControl(c) ? '_' : c);
    }
    return clean.toString();
  }

  /** The same for text as bytes, in place; only ASCII has control characters of one byte. */
  static byte[] printable(byte[] text) {
    for (int i = 0; i < text.length; i++) {
      if ((text[i] >= 0 && text[i] < ' ') || text[i] == 0x7F) {
        text[i] = '_';
      }
    }
    return text;
  }

  static void check(byte[] field, int bytes, String name) {
    if (field.length != bytes) {
      throw new IllegalArgumentException(
          name + " has " + field.length + " bytes instead of " + bytes);
    }
  }
}
