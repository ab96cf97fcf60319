package dev.ovenbird.protocol.session;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Long cold parts made short: lists of routes, which are much alike, to a fifth. */
final class Deflated {
  /** What may come out again: more than any session's cold part is. */
  static final int MAX_BYTES = 64 * 1024;

  private Deflated() {}

  /** Null if it is longer than {@code room} even so, or longer than may come out again. */
  static byte @Nullable [] of(byte[] plain, int room) {
    if (plain.length > MAX_BYTES) {
      return null;
    }
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(plain);
      deflater.finish();
      byte[] packed = new byte[room];
      int length = deflater.deflate(packed);
      return deflater.finished() ? Arrays.copyOf(packed, length) : null;
    } finally {
      deflater.end();
    }
  }

  /** Null if it is not what {@link #of} has made. */
  static byte @Nullable [] inflate(byte[] packed) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      byte[] plain = new byte[MAX_BYTES];
      int length = inflater.inflate(plain);
      return inflater.finished() ? Arrays.copyOf(plain, length) : null;
    } catch (DataFormatException e) {
      return null;
    } finally {
      inflater.end();
    }
  }
}
