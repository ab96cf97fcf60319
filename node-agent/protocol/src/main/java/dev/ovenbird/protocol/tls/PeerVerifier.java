package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;

/**
 * Checks a peer's certificate chain against our trust anchors: signatures, names, dates, CA flags,
 * path length, key usage and purpose. Or, where fingerprints are trusted, that the leaf is one of
 * them and within its dates. No revocation: the roster decides who may connect. Safe for several
 * threads.
 */
final class PeerVerifier {
  /** Certificates that a peer may send; leaf, and a few on the way to an anchor. */
  static final int MAX_CHAIN = 6;

  /** Signatures checked for one peer, whatever names its certificates bear. */
  private static final int MAX_SIGNATURES = 16;

  /** About what one instance has clients. */
  private static final int KNOWN_SIGNATURES = 4096;

  private static final Set<ASN1ObjectIdentifier> UNDERSTOOD =
      Set.of(
          Extension.basicConstraints,
          Extension.keyUsage,
          Extension.extendedKeyUsage,
          Extension.subjectAlternativeName,
          Extension.subjectKeyIdentifier,
          Extension.authorityKeyIdentifier);

  private final List<X509CertificateHolder> anchors;
  private final PeerTrust trust;
  private final KeyPurposeId purpose;
  private final LongSupplier wallSeconds;
  private final KnownSignatures signatures = new KnownSignatures(KNOWN_SIGNATURES);

  /**
   * @throws IllegalArgumentException if an anchor cannot be read
   */
  PeerVerifier(PeerTrust trust, KeyPurposeId purpose, LongSupplier wallSeconds) {
    List<X509CertificateHolder> parsed = new ArrayList<>();
    if (trust instanceof PeerTrust.Authorities(List<byte[]> anchorsDer)) {
      for (byte[] der : anchorsDer) {
        try {
          parsed.add(new X509CertificateHolder(der));
        } catch (IOException e) {
          throw new IllegalArgumentException("cannot read a trust anchor", e);
        }
      }
    }
    this.anchors = List.copyOf(parsed);
    this.trust = trust;
    this.purpose = purpose;
    this.wallSeconds = wallSeconds;
  }

  /**
   * Verifies and describes the peer.
   *
   * @param chain as the peer sent it: the leaf first, the rest in any order
   * @throws TlsFatalAlert with the alert that tells the peer why not
   */
  PeerIdentity verify(List<byte[]> chain) throws IOException {
    if (chain.isEmpty() || chain.size() > MAX_CHAIN) {
      throw refused(AlertDescription.bad_certificate, chain.size() + " certificates");
    }
    Path path;
    try {
      List<X509CertificateHolder> sent = new ArrayList<>();
      for (byte[] der : chain) {
        X509CertificateHolder certificate = new X509CertificateHolder(der);
        // Signatures are checked over a new encoding: refuse bytes that only mean the same.
        if (!Arrays.equals(der, certificate.toASN1Structure().getEncoded(ASN1Encoding.DER))) {
          throw refused(AlertDescription.bad_certificate, "certificate is not DER");
        }
        sent.add(certificate);
      }
      path = new Path(sent, new Date(wallSeconds.getAsLong() * 1000));
      PeerIdentity peer = PeerNames.identity(sent.getFirst());
      path.checkLeaf();
      switch (trust) {
        case PeerTrust.Authorities authorities -> {
          path.checkPurpose();
          path.findAnchor();
        }
        case PeerTrust.Fingerprints pinned -> checkPinned(pinned, peer);
      }
      return peer;
    } catch (TlsFatalAlert e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // BouncyCastle reads lazily: a certificate may turn out to be nonsense at any field.
      throw new TlsFatalAlert(AlertDescription.bad_certificate, "unreadable certificate", e);
    }
  }

  private static void checkPinned(PeerTrust.Fingerprints trusted, PeerIdentity peer)
      throws TlsFatalAlert {
    if (!trusted.sha256().contains(peer.fingerprint())) {
      throw refused(
          AlertDescription.certificate_unknown,
          "untrusted SHA-256 fingerprint " + PeerNames.spelled(peer.fingerprint()));
    }
  }

  private static TlsFatalAlert refused(short alert, String why) {
    return new TlsFatalAlert(alert, why);
  }

  /** One verification: a search from the leaf to an anchor, because cross-signed CAs fork paths. */
  private final class Path {
    private final List<X509CertificateHolder> sent;
    private final Date now;
    private int signaturesChecked;
    private boolean expiredIssuer;

    Path(List<X509CertificateHolder> sent, Date now) {
      this.sent = sent;
      this.now = now;
    }

    void checkLeaf() throws IOException {
      X509CertificateHolder leaf = sent.getFirst();
      if (!leaf.isValidOn(now)) {
        throw refused(
            AlertDescription.certificate_expired,
            "certificate valid from " + leaf.getNotBefore() + " to " + leaf.getNotAfter());
      }
      if (!CertificateSignature.isSound(leaf.getSubjectPublicKeyInfo())) {
        throw refused(AlertDescription.unsupported_certificate, "weak or unknown kind of key");
      }
      Extensions extensions = leaf.getExtensions();
      KeyUsage usage = extensions == null ? null : KeyUsage.fromExtensions(extensions);
      if (usage != null && !usage.hasUsages(KeyUsage.digitalSignature)) {
        throw refused(AlertDescription.unsupported_certificate, "key usage forbids signatures");
      }
    }

    void checkPurpose() throws IOException {
      X509CertificateHolder leaf = sent.getFirst();
      if (!understood(leaf) || isCa(leaf)) {
        throw refused(AlertDescription.unsupported_certificate, "not an end certificate");
      }
      Extensions extensions = leaf.getExtensions();
      ExtendedKeyUsage purposes =
          extensions == null ? null : ExtendedKeyUsage.fromExtensions(extensions);
      if (purposes == null || !purposes.hasKeyPurposeId(purpose)) {
        throw refused(
            AlertDescription.unsupported_certificate, "certificate is not for this side of TLS");
      }
    }

    void findAnchor() throws IOException {
      if (!leadsToAnchor(sent.getFirst(), 0, new boolean[sent.size()])) {
        throw expiredIssuer
            ? refused(AlertDescription.certificate_expired, "a CA certificate has expired")
            : refused(AlertDescription.unknown_ca, "no path to a trust anchor");
      }
    }

    /**
     * @param below CA certificates between the leaf and the issuer that is looked for
     */
    private boolean leadsToAnchor(X509CertificateHolder certificate, int below, boolean[] used) {
      for (X509CertificateHolder anchor : anchors) {
        if (isIssuer(anchor, certificate, below)) {
          return true;
        }
      }
      for (int i = 1; i < sent.size(); i++) {
        X509CertificateHolder issuer = sent.get(i);
        if (!used[i] && isIssuer(issuer, certificate, below)) {
          used[i] = true;
          if (leadsToAnchor(issuer, below + 1, used)) {
            return true;
          }
        }
      }
      return false;
    }

    private boolean isIssuer(
        X509CertificateHolder issuer, X509CertificateHolder certificate, int below) {
      if (!issuer.getSubject().equals(certificate.getIssuer()) || !mayIssue(issuer, below)) {
        return false;
      }
      if (signaturesChecked++ >= MAX_SIGNATURES || !signatures.verifies(certificate, issuer)) {
        return false;
      }
      if (!issuer.isValidOn(now)) {
        expiredIssuer = true;
        return false;
      }
      return true;
    }

    private boolean mayIssue(X509CertificateHolder issuer, int below) {
      if (!isCa(issuer) || !understood(issuer)) {
        return false;
      }
      Extensions extensions = issuer.getExtensions();
      BasicConstraints constraints = BasicConstraints.fromExtensions(extensions);
      if (constraints.getPathLenConstraint() != null
          && constraints.getPathLenConstraint().bitLength() < 31
          && constraints.getPathLenConstraint().intValue() < below) {
        return false;
      }
      KeyUsage usage = KeyUsage.fromExtensions(extensions);
      ExtendedKeyUsage purposes = ExtendedKeyUsage.fromExtensions(extensions);
      return (usage == null || usage.hasUsages(KeyUsage.keyCertSign))
          && (purposes == null
              || purposes.hasKeyPurposeId(purpose)
              || purposes.hasKeyPurposeId(KeyPurposeId.anyExtendedKeyUsage));
    }

    private boolean isCa(X509CertificateHolder certificate) {
      BasicConstraints constraints =
          certificate.getExtensions() == null
              ? null
              : BasicConstraints.fromExtensions(certificate.getExtensions());
      return constraints != null && constraints.isCA();
    }

    /** What we do not understand and must: then the certificate is not for us (RFC 5280, 4.2). */
    private boolean understood(X509CertificateHolder certificate) {
      for (Object oid : certificate.getCriticalExtensionOIDs()) {
        if (!UNDERSTOOD.contains(oid)) {
          return false;
        }
      }
      return true;
    }
  }
}
