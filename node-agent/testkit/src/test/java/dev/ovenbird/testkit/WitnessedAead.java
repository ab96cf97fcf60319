package dev.ovenbird.testkit;

import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The JDK's ciphers, watched: to seal twice under one key and nonce is an error. */
final class WitnessedAead implements AeadProvider {
  private record Use(int key, int nonceHead, long nonceTail) {}

  private final AeadProvider real = new JdkAeadProvider();
  private final Set<Use> used = new HashSet<>();

  int sealed() {
    return used.size();
  }

  @Override
  public String name() {
    return "witnessed";
  }

  @Override
  public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
    Aead aead = real.create(cipher, key, forSealing);
    int name = Arrays.hashCode(key);
    return new Aead() {
      @Override
      public void seal(
          int nonceHead,
          long nonceTail,
          MemorySegment plain,
          long plainOffset,
          int length,
          MemorySegment out,
          long aadOffset,
          int aadLength,
          long outOffset,
          long tagOffset) {
        if (!used.add(new Use(name, nonceHead, nonceTail))) {
          throw new AssertionError("nonce " + nonceHead + " used twice under one key");
        }
        aead.seal(
            nonceHead,
            nonceTail,
            plain,
            plainOffset,
            length,
            out,
            aadOffset,
            aadLength,
            outOffset,
            tagOffset);
      }

      @Override
      public boolean open(
          int nonceHead,
          long nonceTail,
          MemorySegment packet,
          long aadOffset,
          int aadLength,
          long cipherOffset,
          int length,
          long tagOffset) {
        return aead.open(
            nonceHead, nonceTail, packet, aadOffset, aadLength, cipherOffset, length, tagOffset);
      }

      @Override
      public void close() {
        aead.close();
      }
    };
  }
}
