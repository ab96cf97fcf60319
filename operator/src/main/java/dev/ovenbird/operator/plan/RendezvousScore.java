package dev.ovenbird.operator.plan;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash of rendezvous hashing; profiles and records depend on it, so it never changes. */
public final class RendezvousScore {
  private RendezvousScore() {}

  /** Not negative; the highest wins. */
  public static long of(String who, String candidate) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((who + " " + candidate).getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getLong() >>> 1;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }
}
