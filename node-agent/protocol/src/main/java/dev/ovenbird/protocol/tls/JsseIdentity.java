package dev.ovenbird.protocol.tls;

import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** A {@link TlsIdentity} as the JDK wants it: the only one that this side has. Immutable. */
final class JsseIdentity extends X509ExtendedKeyManager {
  private static final String ALIAS = "own";
  private static final byte[] PROBE = new byte[32];

  private final X509Certificate[] chain;
  private final PrivateKey key;

  /**
   * @throws IllegalArgumentException if it cannot be read, or the key is not the leaf's
   */
  JsseIdentity(TlsIdentity identity) {
    if (identity.certificateChainDer().isEmpty()) {
      throw new IllegalArgumentException("an identity without a certificate");
    }
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> certificates = new ArrayList<>();
      for (byte[] der : identity.certificateChainDer()) {
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
      chain = certificates.toArray(new X509Certificate[0]);
      String algorithm = chain[0].getPublicKey().getAlgorithm();
      key =
          KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(identity.privateKeyPkcs8()));
      if (!isKeyOf(chain[0], algorithm)) {
        throw new IllegalArgumentException("the private key is not the certificate's");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("cannot read certificate or private key", e);
    }
  }

  private boolean isKeyOf(X509Certificate leaf, String algorithm) throws GeneralSecurityException {
    Signature signature =
        Signature.getInstance(
            switch (algorithm) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              case "EdDSA" -> "EdDSA";
              default ->
                  throw new IllegalArgumentException(
                      "a private key is EC on P-256, P-384 or P-521, RSA or Ed25519");
            });
    signature.initSign(key);
    signature.update(PROBE);
    byte[] signed = signature.sign();
    signature.initVerify(leaf.getPublicKey());
    signature.update(PROBE);
    return signature.verify(signed);
  }

  private @Nullable String alias(String keyType) {
    return keyType.equals(key.getAlgorithm()) ? ALIAS : null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal[] issuers, SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal[] issuers, SSLEngine engine) {
    return Arrays.asList(keyTypes).contains(key.getAlgorithm()) ? ALIAS : null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return chain.clone();
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return key;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public @Nullable String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return null;
  }
}
