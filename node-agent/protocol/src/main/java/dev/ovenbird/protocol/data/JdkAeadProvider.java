package dev.ovenbird.protocol.data;

/** Ciphers of the JDK's own provider: no native library, at the cost of some garbage per packet. */
public final class JdkAeadProvider implements AeadProvider {
  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
    return new JdkAead(cipher, key, forSealing);
  }
}
