package dev.ovenbird.fuzz;

import java.util.Arrays;

/** A fuzzer's bytes, taken from the front; zeros when they are used up. */
final class Input {
  private final byte[] bytes;
  private int at;

  Input(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isEmpty() {
    return at >= bytes.length;
  }

  int next() {
    return isEmpty() ? 0 : bytes[at++] & 255;
  }

  int nextInt() {
    return next() << 24 | next() << 16 | next() << 8 | next();
  }

  /** As many bytes as the next one says, or two if it is 255, or as there are. */
  byte[] nextBytes() {
    int length = next();
    if (length == 255) {
      length = next() << 8 | next();
    }
    return take(length);
  }

  byte[] rest() {
    return take(bytes.length);
  }

  private byte[] take(int length) {
    int end = Math.min(bytes.length, at + length);
    byte[] taken = Arrays.copyOfRange(bytes, Math.min(at, end), end);
    at = end;
    return taken;
  }
}
