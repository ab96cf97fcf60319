package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.operator.issue.Pem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A control plane's own authority: its API server's certificate, an admin's, and the token key. */
public final class ControlPlanePki {
  private static final X500Name AUTHORITY = new X500Name("CN=kubernetes-ca");
  private static final Duration VALIDITY = Duration.ofDays(2);
  private static final int RSA_BITS = 2048;
  private static final String[] SERVER_NAMES = {
    "kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"
  };
  private static final String[] SERVER_ADDRESSES = {"127.0.0.1", "10.96.0.1"};

  private final Path folder;
  private final SecureRandom random = new SecureRandom();
  private final KeyPair authority;

  /** A certificate with its key, as PEM. */
  public record Identity(String certificate, String key) {}

  private ControlPlanePki(Path folder, KeyPair authority) {
    this.folder = folder;
    this.authority = authority;
  }

  /**
   * Makes all and writes what the processes read: ca, apiserver, kubelet-client and sa, each
   * .crt/.pub and .key.
   *
   * @param addresses of the API server, beside loopback and its Service's
   */
  static ControlPlanePki create(Path folder, List<String> addresses) {
    try {
      ControlPlanePki pki = new ControlPlanePki(folder, keyPair());
      JcaX509v3CertificateBuilder root = pki.builder(AUTHORITY, pki.authority);
      root.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      root.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
      pki.write("ca", pki.sign(root), pki.authority.getPrivate());
      KeyPair server = keyPair();
      pki.write("apiserver", pki.server(server, addresses), server.getPrivate());
      Identity kubeletClient = pki.member("kube-apiserver-kubelet-client", "system:masters");
      Files.writeString(folder.resolve("kubelet-client.crt"), kubeletClient.certificate());
      Files.writeString(folder.resolve("kubelet-client.key"), kubeletClient.key());
      KeyPair tokens = keyPair();
      Files.writeString(folder.resolve("sa.key"), Pem.of(tokens.getPrivate()));
      Files.writeString(
          folder.resolve("sa.pub"),
          "-----BEGIN PUBLIC KEY-----\n"
              + Base64.getMimeEncoder().encodeToString(tokens.getPublic().getEncoded())
              + "\n-----END PUBLIC KEY-----\n");
      return pki;
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make the control plane's certificates", e);
    }
  }

  private X509Certificate server(KeyPair pair, List<String> addresses)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    JcaX509v3CertificateBuilder builder = builder(new X500Name("CN=kube-apiserver"), pair);
    List<GeneralName> names = new ArrayList<>();
    for (String name : SERVER_NAMES) {
      names.add(new GeneralName(GeneralName.dNSName, name));
    }
    for (String address : SERVER_ADDRESSES) {
      names.add(new GeneralName(GeneralName.iPAddress, address));
    }
    for (String address : addresses) {
      names.add(new GeneralName(GeneralName.iPAddress, address));
    }
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(names.toArray(GeneralName[]::new)));
    builder.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    return sign(builder);
  }

  /**
   * A certificate of who takes part in the cluster, a kubelet say: as client and, at these
   * addresses, as server.
   */
  public Identity member(String user, String group, String... addresses) {
    try {
      KeyPair pair = keyPair();
      JcaX509v3CertificateBuilder builder =
          builder(new X500Name("O=" + group + ",CN=" + user), pair);
      KeyPurposeId[] both = {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth};
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(both));
      if (addresses.length > 0) {
        GeneralName[] names = new GeneralName[addresses.length];
        for (int i = 0; i < names.length; i++) {
          names[i] = new GeneralName(GeneralName.iPAddress, addresses[i]);
        }
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      return new Identity(Pem.of(sign(builder)), Pem.of(pair.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make a certificate for " + user, e);
    }
  }

  /** A client certificate: the API server takes CN as the user and O as a group. */
  Identity identity(String user, String group) {
    try {
      // RSA: fabric8 takes a PKCS#8 key of a kubeconfig for nothing else.
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(RSA_BITS);
      KeyPair pair = generator.generateKeyPair();
      JcaX509v3CertificateBuilder builder =
          builder(new X500Name("O=" + group + ",CN=" + user), pair);
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
      return new Identity(Pem.of(sign(builder)), Pem.of(pair.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make a certificate for " + user, e);
    }
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** The authority's certificate as PEM. */
  public String authority() {
    try {
      return Files.readString(file("ca.crt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String name, X509Certificate certificate, PrivateKey key) throws IOException {
    Files.writeString(folder.resolve(name + ".crt"), Pem.of(certificate));
    Files.writeString(folder.resolve(name + ".key"), Pem.of(key));
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private JcaX509v3CertificateBuilder builder(X500Name subject, KeyPair pair) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        AUTHORITY,
        new BigInteger(64, random).add(BigInteger.ONE),
        Date.from(now.minus(Duration.ofHours(1))),
        Date.from(now.plus(VALIDITY)),
        subject,
        pair.getPublic());
  }

  private X509Certificate sign(JcaX509v3CertificateBuilder builder)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate())));
  }
}
