package dev.ovenbird.testkit;

import java.security.SecureRandom;
import java.util.Random;

/** A {@link SecureRandom} that is not secure at all: the same bytes for the same seed. */
public final class SeededRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final Random source;

  public SeededRandom(long seed) {
    this.source = new Random(seed);
  }

  @Override
  public void nextBytes(byte[] bytes) {
    source.nextBytes(bytes);
  }

  @Override
  public byte[] generateSeed(int count) {
    byte[] seed = new byte[count];
    source.nextBytes(seed);
    return seed;
  }
}
