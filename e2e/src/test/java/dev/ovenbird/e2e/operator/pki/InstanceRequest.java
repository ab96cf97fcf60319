package dev.ovenbird.e2e.operator.pki;

import dev.ovenbird.operator.plan.ServerName;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What an agent asks for, and variants of it.
 *
 * @param names subject alternative names: URIs, or {@code dns:NAME}
 */
public record InstanceRequest(
    String subject,
    List<String> names,
    KeyPair keys,
    List<String> usages,
    @Nullable Integer seconds) {

  /** As it should be. */
  public static InstanceRequest of(String clusterUid, String node, int lane) {
    return new InstanceRequest(
        "CN=" + ServerName.of(clusterUid),
        List.of("urn:ovenbird:" + clusterUid + ":instance:" + node + ":" + lane),
        keyPair("EC", 256),
        List.of("digital signature", "server auth", "client auth"),
        null);
  }

  InstanceRequest withSubject(String other) {
    return new InstanceRequest(other, names, keys, usages, seconds);
  }

  InstanceRequest withNames(String... other) {
    return new InstanceRequest(subject, Arrays.asList(other), keys, usages, seconds);
  }

  InstanceRequest withKey(String algorithm, int bits) {
    return new InstanceRequest(subject, names, keyPair(algorithm, bits), usages, seconds);
  }

  InstanceRequest withUsages(String... other) {
    return new InstanceRequest(subject, names, keys, List.of(other), seconds);
  }

  InstanceRequest withSeconds(int other) {
    return new InstanceRequest(subject, names, keys, usages, other);
  }

  /** Creates it and returns the name that it got. */
  public String create(KubernetesClient as) {
    CertificateSigningRequest made =
        as.resource(
                new CertificateSigningRequestBuilder()
                    .withNewMetadata()
                    .withGenerateName("ovenbird-e2e-")
                    .endMetadata()
                    .withNewSpec()
                    .withSignerName(OperatorSettings.SIGNER)
                    .withUsages(usages)
                    .withExpirationSeconds(seconds)
                    .withRequest(
                        Base64.getEncoder().encodeToString(pem().getBytes(StandardCharsets.UTF_8)))
                    .endSpec()
                    .build())
            .create();
    return made.getMetadata().getName();
  }

  /** PKCS#10. */
  public String pem() {
    try (StringWriter text = new StringWriter();
        JcaPEMWriter pem = new JcaPEMWriter(text)) {
      var builder =
          new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic());
      if (!names.isEmpty()) {
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                names.stream().map(InstanceRequest::name).toArray(GeneralName[]::new)));
        builder.addAttribute(
            PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
      }
      String algorithm =
          keys.getPrivate().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
      pem.writeObject(
          builder.build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate())));
      pem.flush();
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GeneralName name(String text) {
    return text.startsWith("dns:")
        ? new GeneralName(GeneralName.dNSName, text.substring(4))
        : new GeneralName(GeneralName.uniformResourceIdentifier, text);
  }

  private static KeyPair keyPair(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
