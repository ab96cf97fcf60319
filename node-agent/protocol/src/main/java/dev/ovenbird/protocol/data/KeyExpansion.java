package dev.ovenbird.protocol.data;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ovenbird.protocol.wire.SessionId;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Data keys for peers without a TLS exporter: the TLS 1.0 PRF over the exchanged randoms. */
public final class KeyExpansion {
  private static final int MASTER_BYTES = 48;

  private KeyExpansion() {}

  /**
   * Both steps of digest 4.2. The arguments are not changed: their owner wipes them.
   *
   * @param client session id of the TLS client
   * @param server session id of the TLS server
   */
  public static KeyBlock prf(
      byte[] preMaster,
      byte[] clientRandom1,
      byte[] serverRandom1,
      byte[] clientRandom2,
      byte[] serverRandom2,
      SessionId client,
      SessionId server) {
    byte[] master =
        prf(preMaster, seed("OpenVPN master secret", clientRandom1, serverRandom1), MASTER_BYTES);
    byte[] block =
        prf(
            master,
            seed(
                "OpenVPN key expansion",
                clientRandom2,
                serverRandom2,
                bytes(client),
                bytes(server)),
            KeyBlock.BYTES);
    try {
      return KeyBlock.of(block);
    } finally {
      Arrays.fill(master, (byte) 0);
      Arrays.fill(block, (byte) 0);
    }
  }

  private static byte[] bytes(SessionId id) {
    return ByteBuffer.allocate(SessionId.BYTES).putLong(id.value()).array();
  }

  private static byte[] seed(String label, byte[]... parts) {
    ByteArrayOutputStream seed = new ByteArrayOutputStream();
    seed.writeBytes(label.getBytes(US_ASCII));
    for (byte[] part : parts) {
      seed.writeBytes(part);
    }
    return seed.toByteArray();
  }

  /** RFC 2246 section 5: the label is just the beginning of the seed. */
  static byte[] prf(byte[] secret, byte[] seed, int length) {
    int half = (secret.length + 1) / 2;
    byte[] first = Arrays.copyOfRange(secret, 0, half);
    byte[] second = Arrays.copyOfRange(secret, secret.length - half, secret.length);
    byte[] md5 = expand("HmacMD5", first, seed, length);
    byte[] sha1 = expand("HmacSHA1", second, seed, length);
    for (int i = 0; i < length; i++) {
      md5[i] ^= sha1[i];
    }
    Arrays.fill(first, (byte) 0);
    Arrays.fill(second, (byte) 0);
    Arrays.fill(sha1, (byte) 0);
    return md5;
  }

  private static byte[] expand(String algorithm, byte[] secret, byte[] seed, int length) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(secret, algorithm));
      byte[] output = new byte[length];
      byte[] a = seed;
      for (int done = 0; done < length; ) {
        a = mac.doFinal(a);
        mac.update(a);
        byte[] chunk = mac.doFinal(seed);
        int n = Math.min(chunk.length, length - done);
        System.arraycopy(chunk, 0, output, done, n);
        Arrays.fill(chunk, (byte) 0);
        done += n;
      }
      return output;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks " + algorithm, e);
    }
  }
}
