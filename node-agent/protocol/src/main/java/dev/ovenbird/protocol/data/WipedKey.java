package dev.ovenbird.protocol.data;

import java.util.Arrays;
import javax.crypto.SecretKey;

/** A key that can be wiped, which SecretKeySpec cannot. */
@SuppressWarnings("serial")
final class WipedKey implements SecretKey {
  private final String algorithm;
  private final byte[] bytes;
  private boolean destroyed;

  /** Takes the array over: {@link #destroy} wipes it. */
  WipedKey(String algorithm, byte[] bytes) {
    this.algorithm = algorithm;
    this.bytes = bytes;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    if (destroyed) {
      throw new IllegalStateException("the key is wiped");
    }
    return bytes.clone();
  }

  @Override
  public void destroy() {
    destroyed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }
}
