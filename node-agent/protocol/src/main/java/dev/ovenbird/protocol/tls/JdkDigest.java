package dev.ovenbird.protocol.tls;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.ExtendedDigest;
import org.bouncycastle.util.Memoable;

/**
 * The JDK's hash functions for BouncyCastle: it computes them by the processor's own instructions,
 * where it has them.
 */
final class JdkDigest implements ExtendedDigest, Memoable {
  static final JdkDigest SHA256 = of("SHA-256", 64);
  static final JdkDigest SHA384 = of("SHA-384", 128);
  static final JdkDigest SHA512 = of("SHA-512", 128);

  private final int blockBytes;
  private MessageDigest digest;

  private JdkDigest(MessageDigest digest, int blockBytes) {
    this.digest = digest;
    this.blockBytes = blockBytes;
  }

  private static JdkDigest of(String name, int blockBytes) {
    try {
      return new JdkDigest(MessageDigest.getInstance(name), blockBytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks " + name, e);
    }
  }

  private static MessageDigest clone(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("this JDK's " + digest.getAlgorithm() + " has no copies", e);
    }
  }

  @Override
  public JdkDigest copy() {
    return new JdkDigest(clone(digest), blockBytes);
  }

  @Override
  public void reset(Memoable other) {
    digest = clone(((JdkDigest) other).digest);
  }

  @Override
  public String getAlgorithmName() {
    return digest.getAlgorithm();
  }

  @Override
  public int getDigestSize() {
    return digest.getDigestLength();
  }

  @Override
  public int getByteLength() {
    return blockBytes;
  }

  @Override
  public void update(byte in) {
    digest.update(in);
  }

  @Override
  public void update(byte[] in, int offset, int length) {
    digest.update(in, offset, length);
  }

  @Override
  public int doFinal(byte[] out, int offset) {
    try {
      return digest.digest(out, offset, getDigestSize());
    } catch (DigestException e) {
      throw new IllegalArgumentException("no room for a digest", e);
    }
  }

  @Override
  public void reset() {
    digest.reset();
  }
}
