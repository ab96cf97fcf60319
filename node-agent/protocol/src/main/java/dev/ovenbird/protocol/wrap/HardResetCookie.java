package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.SessionId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The server's session id of the stateless handshake: whoever sends it back receives at its
 * address. Digest 2.6. Not thread-safe.
 */
public final class HardResetCookie {
  public static final int SECRET_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int ACCEPTED_PAST_SLOTS = 2;

  private final Mac mac;
  private final long slotNanos;

  /**
   * @param secret random, this process's own; copied
   * @param slotNanos a cookie is accepted in the slot of its issue and in the two after
   */
  public HardResetCookie(byte[] secret, long slotNanos) {
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException("cookie secret has " + secret.length + " bytes");
    }
    if (slotNanos < 1) {
      throw new IllegalArgumentException("cookie slot of " + slotNanos + " ns");
    }
    this.slotNanos = slotNanos;
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /**
   * The cookie for a client at an address; never undefined.
   *
   * @param address any bytes that tell remote addresses apart
   */
  public SessionId issue(SessionId client, byte[] address, long bootNanos) {
    return cookie(client, address, Math.floorDiv(bootNanos, slotNanos));
  }

  /** Whether a cookie was issued for this client and address, not long ago. Constant time. */
  public boolean matches(SessionId claimed, SessionId client, byte[] address, long bootNanos) {
    long slot = Math.floorDiv(bootNanos, slotNanos);
    byte[] claimedBytes = bytes(claimed);
    boolean matched = false;
    for (int age = 0; age <= ACCEPTED_PAST_SLOTS; age++) {
      matched |= MessageDigest.isEqual(bytes(cookie(client, address, slot - age)), claimedBytes);
    }
    return matched;
  }

  private SessionId cookie(SessionId client, byte[] address, long slot) {
    mac.update(ByteBuffer.allocate(16).putLong(slot).putLong(client.value()).array());
    byte[] full = mac.doFinal(address);
    long value = ByteBuffer.wrap(Arrays.copyOf(full, SessionId.BYTES)).getLong();
    // All zero would be an undefined session id.
    return new SessionId(value == 0 ? 1 : value);
  }

  private static byte[] bytes(SessionId id) {
    return ByteBuffer.allocate(SessionId.BYTES).putLong(id.value()).array();
  }
}
