package dev.ovenbird.protocol.tls;

import org.jspecify.annotations.Nullable;

/**
 * Who does the costly part of handshakes in BouncyCastle's place. What it says it can't do is
 * BouncyCastle's again. Thread-safe.
 */
public interface PublicKeyLibrary {
  /** Name for logs, such as {@code libcrypto (OpenSSL 3.0.19 27 Jan 2026)}. */
  String name();

  /** How a key signs. */
  enum Scheme {
    /** The digest may have any length. */
    ECDSA,
    /** With SHA-256, its digest and a salt of 32 bytes. */
    RSA_PSS_SHA256,
    /** With SHA-256 and its digest. */
    RSA_PKCS1_SHA256
  }

  /** The curves of TLS 1.3's ECDSA. */
  enum Curve {
    P256,
    P384,
    P521
  }

  /** A private key that the library holds, and wipes when nobody has it any more. Thread-safe. */
  interface SigningKey {
    /**
     * Signs.
     *
     * @return the signature as TLS has it, or null if the key can't
     */
    byte @Nullable [] sign(Scheme scheme, byte[] digest);
  }

  /** An ephemeral key of X25519. For one thread at a time. */
  interface Ephemeral extends AutoCloseable {
    /** 32 bytes. */
    byte[] publicKey();

    /**
     * What both sides know.
     *
     * @param peer public key, 32 bytes
     * @return 32 bytes, or null if they would be all zero (RFC 8446, 7.4.2)
     */
    byte @Nullable [] secret(byte[] peer);

    /** Wipes it. */
    @Override
    void close();
  }

  /**
   * Takes over a key, EC or RSA.
   *
   * @param pkcs8 DER; copied
   * @return null if the library can't read it
   */
  @Nullable SigningKey signingKey(byte[] pkcs8);

  /**
   * Verifies a signature by ECDSA.
   *
   * @param point public key, encoded as in certificates, unchecked
   * @param signature DER, unchecked
   */
  boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature);

  /**
   * Verifies a signature by RSA-PSS with SHA-256 and a salt of 32 bytes.
   *
   * @param publicKey RSAPublicKey of PKCS #1, of a size that is fit for use
   * @param signature unchecked
   */
  boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature);

  /**
   * Makes an ephemeral key.
   *
   * @param privateKey 32 random bytes; copied, the caller wipes its own
   */
  Ephemeral x25519(byte[] privateKey);
}
