package dev.ovenbird.protocol.message;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The client's first message inside TLS (digest 3.3).
 *
 * @param preMaster 48 random bytes
 * @param random1 32 random bytes
 * @param random2 32 random bytes
 * @param options OCC string; nothing in it must match
 * @param username empty if the client sends none; control characters replaced by {@code _}
 * @param password bytes of it, likewise; may be an auth token. Apart from the text fields since it
 *     is wiped
 * @param peerInfo IV_ and UV_ lines, raw: read them by {@link PeerInfo#parse}
 */
public record ClientKeyMethod2(
    byte[] preMaster,
    byte[] random1,
    byte[] random2,
    String options,
    String username,
    byte[] password,
    String peerInfo) {

  public ClientKeyMethod2 {
    KeyMethod2.check(preMaster, KeyMethod2.PRE_MASTER_BYTES, "pre-master");
    KeyMethod2.check(random1, KeyMethod2.RANDOM_BYTES, "random1");
    KeyMethod2.check(random2, KeyMethod2.RANDOM_BYTES, "random2");
  }

  /**
   * The plaintext of one TLS record; the caller wipes it.
   *
   * @throws IllegalArgumentException if a string is too long
   */
  public byte[] encode() {
    ByteArrayOutputStream out = KeyMethod2.begin();
    out.writeBytes(preMaster);
    out.writeBytes(random1);
    out.writeBytes(random2);
    KeyMethod2.writeString(out, options, KeyMethod2.MAX_OPTIONS);
    KeyMethod2.writeString(out, username, KeyMethod2.MAX_STRING);
    KeyMethod2.writeString(out, password, KeyMethod2.MAX_STRING);
    KeyMethod2.writeString(out, peerInfo, KeyMethod2.MAX_STRING);
    return out.toByteArray();
  }

  /** Reads one record's plaintext; bytes after the last string are ignored. */
  public static ClientKeyMethod2 parse(byte[] message) throws MalformedMessageException {
    ByteBuffer in = KeyMethod2.open(message);
    byte[] preMaster = KeyMethod2.readBytes(in, KeyMethod2.PRE_MASTER_BYTES);
    byte[] random1 = KeyMethod2.readBytes(in, KeyMethod2.RANDOM_BYTES);
    byte[] random2 = KeyMethod2.readBytes(in, KeyMethod2.RANDOM_BYTES);
    String options = KeyMethod2.readString(in, KeyMethod2.MAX_OPTIONS);
    String username = KeyMethod2.printable(KeyMethod2.readString(in, KeyMethod2.MAX_STRING));
    byte[] password = KeyMethod2.printable(KeyMethod2.readText(in, KeyMethod2.MAX_STRING));
    String peerInfo = KeyMethod2.readString(in, KeyMethod2.MAX_STRING);
    return new ClientKeyMethod2(preMaster, random1, random2, options, username, password, peerInfo);
  }

  /** Overwrites random material and password, as is due once keys are derived. */
  public void wipe() {
    Arrays.fill(password, (byte) 0);
    Arrays.fill(preMaster, (byte) 0);
    Arrays.fill(random1, (byte) 0);
    Arrays.fill(random2, (byte) 0);
  }

  /** Without secrets, and without what a stranger chose. */
  @Override
  public String toString() {
    return "ClientKeyMethod2";
  }
}
