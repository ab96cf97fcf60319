package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.jspecify.annotations.Nullable;

/** What a verified certificate says of its holder. */
final class PeerNames {
  private static final int MAX_COMMON_NAME = 64;
  private static final int MAX_URIS = 16;

  private PeerNames() {}

  static PeerIdentity identity(X509CertificateHolder certificate) throws IOException {
    return new PeerIdentity(
        commonName(certificate),
        certificate.getSerialNumber().toString(16),
        uris(certificate),
        fingerprint(certificate.getEncoded()),
        certificate.getNotAfter().getTime() / 1000,
        null);
  }

  /** Refuses a peer that has another common name; null = any will do. */
  static void expect(@Nullable String commonName, PeerIdentity peer) throws TlsFatalAlert {
    if (commonName != null && !commonName.equals(peer.commonName())) {
      throw new TlsFatalAlert(AlertDescription.access_denied, "the server has another name");
    }
  }

  /** The last CN; digest 3.3: at most 64 characters, what is not printable becomes {@code _}. */
  static String commonName(X509CertificateHolder certificate) {
    RDN[] names = certificate.getSubject().getRDNs(BCStyle.CN);
    if (names.length == 0) {
      return "";
    }
    String raw = IETFUtils.valueToString(names[names.length - 1].getFirst().getValue());
    StringBuilder printable = new StringBuilder();
    for (int i = 0; i < raw.length() && i < MAX_COMMON_NAME; i++) {
      char c = raw.charAt(i);
      printable.append(c >= ' ' && c < 0x7F ? c : '_');
    }
    return printable.toString();
  }

  private static List<String> uris(X509CertificateHolder certificate) {
    GeneralNames names =
        certificate.getExtensions() == null
            ? null
            : GeneralNames.fromExtensions(
                certificate.getExtensions(), Extension.subjectAlternativeName);
    if (names == null) {
      return List.of();
    }
    List<String> uris = new ArrayList<>();
    for (GeneralName name : names.getNames()) {
      if (name.getTagNo() == GeneralName.uniformResourceIdentifier && uris.size() < MAX_URIS) {
        uris.add(ASN1IA5String.getInstance(name.getName()).getString());
      }
    }
    return List.copyOf(uris);
  }

  /** A fingerprint as people and OpenVPN write it: {@code AB:01:…}. */
  static String spelled(String fingerprint) {
    return HexFormat.ofDelimiter(":")
        .withUpperCase()
        .formatHex(HexFormat.of().parseHex(fingerprint));
  }

  private static String fingerprint(byte[] der) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
