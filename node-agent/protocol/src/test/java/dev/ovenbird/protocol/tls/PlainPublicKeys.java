package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.DigestInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.encodings.PKCS1Encoding;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.PSSSigner;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;

/** A {@link PublicKeyLibrary} without natives, for the ways through it. */
final class PlainPublicKeys implements PublicKeyLibrary {
  @Override
  public String name() {
    return "plain";
  }

  @Override
  public @Nullable SigningKey signingKey(byte[] pkcs8) {
    try {
      AsymmetricKeyParameter key = PrivateKeyFactory.createKey(pkcs8);
      return (scheme, digest) -> {
        try {
          return switch (scheme) {
            case ECDSA -> ecdsa(key, digest);
            case RSA_PSS_SHA256 -> pss(key, digest);
            case RSA_PKCS1_SHA256 -> pkcs1(key, digest);
          };
        } catch (ClassCastException | IOException | CryptoException e) {
          return null;
        }
      };
    } catch (IOException e) {
      return null;
    }
  }

  private static byte[] ecdsa(AsymmetricKeyParameter key, byte[] digest) throws IOException {
    ECDSASigner signer = new ECDSASigner();
    signer.init(true, (ECPrivateKeyParameters) key);
    BigInteger[] both = signer.generateSignature(digest);
    ASN1Integer[] numbers = {new ASN1Integer(both[0]), new ASN1Integer(both[1])};
    return new DERSequence(numbers).getEncoded();
  }

  private static byte[] pss(AsymmetricKeyParameter key, byte[] digest) throws CryptoException {
    PSSSigner signer = rawPss();
    signer.init(true, (RSAKeyParameters) key);
    signer.update(digest, 0, digest.length);
    return signer.generateSignature();
  }

  private static PSSSigner rawPss() {
    return PSSSigner.createRawSigner(
        new RSABlindedEngine(), new SHA256Digest(), new SHA256Digest(), 32, (byte) 0xBC);
  }

  private static byte[] pkcs1(AsymmetricKeyParameter key, byte[] digest)
      throws IOException, InvalidCipherTextException {
    AlgorithmIdentifier sha256 =
        new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256, DERNull.INSTANCE);
    byte[] info = new DigestInfo(sha256, digest).getEncoded();
    PKCS1Encoding signer = new PKCS1Encoding(new RSABlindedEngine());
    signer.init(true, (RSAKeyParameters) key);
    return signer.processBlock(info, 0, info.length);
  }

  @Override
  public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
    String name =
        switch (curve) {
          case P256 -> "P-256";
          case P384 -> "P-384";
          case P521 -> "P-521";
        };
    X9ECParameters parameters = CustomNamedCurves.getByName(name);
    try {
      ASN1Sequence both = ASN1Sequence.getInstance(signature);
      ECDSASigner signer = new ECDSASigner();
      signer.init(
          false,
          new ECPublicKeyParameters(
              parameters.getCurve().decodePoint(point), new ECDomainParameters(parameters)));
      return signer.verifySignature(
          digest,
          ASN1Integer.getInstance(both.getObjectAt(0)).getValue(),
          ASN1Integer.getInstance(both.getObjectAt(1)).getValue());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature) {
    RSAPublicKey rsa = RSAPublicKey.getInstance(publicKey);
    PSSSigner verifier = rawPss();
    verifier.init(false, new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent()));
    verifier.update(digest, 0, digest.length);
    return verifier.verifySignature(signature);
  }

  @Override
  public Ephemeral x25519(byte[] privateKey) {
    byte[] own = privateKey.clone();
    return new Ephemeral() {
      @Override
      public byte[] publicKey() {
        byte[] key = new byte[32];
        X25519.generatePublicKey(own, 0, key, 0);
        return key;
      }

      @Override
      public byte @Nullable [] secret(byte[] peer) {
        byte[] secret = new byte[32];
        return X25519.calculateAgreement(own, 0, peer, 0, secret, 0) ? secret : null;
      }

      @Override
      public void close() {}
    };
  }
}
