package dev.ovenbird.operator.issue;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x500.style.RFC4519Style;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * A certificate signing request (PKCS#10) whose sender has shown that the key is theirs.
 *
 * @param publicKey of a kind that is accepted
 * @param subject as text, for example {@code cn=alice}; empty if there is none
 * @param names subject alternative names: a URI as it is, others with their kind
 */
public record CertificateRequest(PublicKey publicKey, String subject, List<String> names) {
  public CertificateRequest {
    names = List.copyOf(names);
  }

  /**
   * Reads PEM.
   *
   * @throws GeneralSecurityException if it is damaged, not signed by its own key, or the key is of
   *     a kind that is not accepted; the message says which and is fit for people
   */
  public static CertificateRequest parse(String pem) throws GeneralSecurityException {
    PKCS10CertificationRequest request = read(pem);
    try {
      PublicKey key = publicKey(request.getSubjectPublicKeyInfo());
      String fault = KeyPairs.fault(key);
      if (fault != null) {
        throw new GeneralSecurityException(fault);
      }
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new GeneralSecurityException(
            "it is not signed by its own key; make it anew, with openssl req -new -key");
      }
      return new CertificateRequest(
          key,
          RFC4519Style.INSTANCE.toString(request.getSubject()),
          alternativeNames(request.getRequestedExtensions()));
    } catch (PKCSException | OperatorCreationException | RuntimeException e) {
      throw damaged(e);
    }
  }

  private static PKCS10CertificationRequest read(String pem) throws GeneralSecurityException {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      if (parser.readObject() instanceof PKCS10CertificationRequest request) {
        return request;
      }
      throw new GeneralSecurityException(
          "it is no PEM block CERTIFICATE REQUEST, as openssl req -new writes it");
    } catch (IOException | RuntimeException e) {
      throw damaged(e);
    }
  }

  private static PublicKey publicKey(SubjectPublicKeyInfo info) throws GeneralSecurityException {
    try {
      return KeyFactory.getInstance(info.getAlgorithm().getAlgorithm().getId())
          .generatePublic(new X509EncodedKeySpec(info.getEncoded()));
    } catch (IOException e) {
      throw damaged(e);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(
          "its key is unknown or damaged; use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of"
              + " 2048 to 8192 bits",
          e);
    }
  }

  private static List<String> alternativeNames(Extensions extensions) {
    List<String> names = new ArrayList<>();
    GeneralNames all =
        extensions == null
            ? null
            : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    if (all != null) {
      for (GeneralName name : all.getNames()) {
        names.add(
            name.getTagNo() == GeneralName.uniformResourceIdentifier
                ? name.getName().toString()
                : name.toString());
      }
    }
    return names;
  }

  private static GeneralSecurityException damaged(Exception cause) {
    return new GeneralSecurityException(
        "it is damaged; make it anew, with openssl req -new -key", cause);
  }
}
