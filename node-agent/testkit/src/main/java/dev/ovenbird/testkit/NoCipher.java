package dev.ovenbird.testkit;

import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import java.lang.foreign.MemorySegment;

/** Only copies, to measure what is around ciphers: the JDK's allocate about 1 kB per packet. */
public final class NoCipher implements AeadProvider, Aead {
  @Override
  public String name() {
    return "none";
  }

  @Override
  public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
    return this;
  }

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
    MemorySegment.copy(plain, plainOffset, out, outOffset, length);
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
    return true;
  }

  @Override
  public void close() {}
}
