package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A new key and the request for its certificate (PKCS#10, RFC 2986).
 *
 * @param pem the request
 */
record SigningRequest(KeyPair keys, String pem) {

  /** Makes a key on P-256 and has it ask for that name and that URI. */
  static SigningRequest make(String commonName, String uri) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      X500Name subject = new X500NameBuilder().addRDN(BCStyle.CN, commonName).build();
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      CertificationRequestInfo info =
          new CertificationRequestInfo(
              subject,
              SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()),
              new DERSet(
                  new Attribute(
                      PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
                      new DERSet(extensions.generate()))));
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(info.getEncoded("DER"));
      CertificationRequest request =
          new CertificationRequest(
              info,
              new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256),
              new DERBitString(signature.sign()));
      return new SigningRequest(keys, Pem.block("CERTIFICATE REQUEST", request.getEncoded("DER")));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot make a key and its request", e);
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "SigningRequest";
  }
}
