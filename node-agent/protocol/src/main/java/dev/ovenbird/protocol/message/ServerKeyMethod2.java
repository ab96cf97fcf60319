package dev.ovenbird.protocol.message;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The server's answer to {@link ClientKeyMethod2} (digest 3.3).
 *
 * @param random1 32 random bytes
 * @param random2 32 random bytes
 * @param options OCC string
 */
public record ServerKeyMethod2(byte[] random1, byte[] random2, String options) {

  public ServerKeyMethod2 {
    KeyMethod2.check(random1, KeyMethod2.RANDOM_BYTES, "random1");
    KeyMethod2.check(random2, KeyMethod2.RANDOM_BYTES, "random2");
  }

  /**
   * The plaintext of one TLS record; username, password and peer info are empty.
   *
   * @throws IllegalArgumentException if the options are too long
   */
  public byte[] encode() {
    ByteArrayOutputStream out = KeyMethod2.begin();
    out.writeBytes(random1);
    out.writeBytes(random2);
    KeyMethod2.writeString(out, options, KeyMethod2.MAX_OPTIONS);
    out.writeBytes(new byte[6]);
    return out.toByteArray();
  }

  /** Reads one record's plaintext; what follows the options is ignored. */
  public static ServerKeyMethod2 parse(byte[] message) throws MalformedMessageException {
    ByteBuffer in = KeyMethod2.open(message);
    byte[] random1 = KeyMethod2.readBytes(in, KeyMethod2.RANDOM_BYTES);
    byte[] random2 = KeyMethod2.readBytes(in, KeyMethod2.RANDOM_BYTES);
    String options = KeyMethod2.readString(in, KeyMethod2.MAX_OPTIONS);
    return new ServerKeyMethod2(random1, random2, options);
  }

  /** Overwrites the random material, as is due once keys are derived. */
  public void wipe() {
    Arrays.fill(random1, (byte) 0);
    Arrays.fill(random2, (byte) 0);
  }

  /** Without secrets, and without what a stranger chose. */
  @Override
  public String toString() {
    return "ServerKeyMethod2";
  }
}
