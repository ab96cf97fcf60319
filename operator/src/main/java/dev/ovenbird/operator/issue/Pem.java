package dev.ovenbird.operator.issue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Certificates and private keys as text. */
public final class Pem {
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private Pem() {}

  public static String of(X509Certificate certificate) {
    try {
      return block("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateException e) {
      throw new IllegalStateException("certificate without encoding", e);
    }
  }

  public static String of(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /** The first certificate of the text. */
  public static X509Certificate certificate(String pem) throws GeneralSecurityException {
    byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(bytes));
  }

  /**
   * The private key that goes with the certificate: PKCS#8, or as OpenSSL used to write it (PKCS#1,
   * SEC1).
   *
   * @throws GeneralSecurityException with a message fit for people
   */
  public static PrivateKey privateKey(String pem, X509Certificate certificate)
      throws GeneralSecurityException {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      Object block = parser.readObject();
      while (block instanceof ASN1ObjectIdentifier || block instanceof X9ECParameters) {
        // EC PARAMETERS, which openssl ecparam writes before the key.
        block = parser.readObject();
      }
      PrivateKeyInfo key =
          switch (block) {
            case PrivateKeyInfo pkcs8 -> pkcs8;
            case PEMKeyPair pair -> pair.getPrivateKeyInfo();
            case PEMEncryptedKeyPair encrypted -> throw isEncrypted();
            case PKCS8EncryptedPrivateKeyInfo encrypted -> throw isEncrypted();
            case null, default ->
                throw new GeneralSecurityException(
                    "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
          };
      return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
    } catch (IOException | RuntimeException | InvalidKeySpecException e) {
      throw new GeneralSecurityException(
          "holds a private key that cannot be read, or that is of another kind than the"
              + " certificate's",
          e);
    }
  }

  private static GeneralSecurityException isEncrypted() {
    return new GeneralSecurityException(
        "holds an encrypted key; take the password off with"
            + " openssl pkcs8 -topk8 -nocrypt -in tls.key -out plain.key");
  }

  /** Whether the key is the certificate's. */
  public static boolean matches(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    Signature signature = Signature.getInstance(KeyPairs.signature(key));
    byte[] probe = new byte[32];
    signature.initSign(key);
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(probe);
    return signature.verify(signed);
  }

  private static String block(String label, byte[] bytes) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + LINES.encodeToString(bytes)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
