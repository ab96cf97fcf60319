package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.profile.ClientProfile;
import dev.ovenbird.operator.profile.Remote;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A profile Secret as it is written, and what can be read back of it. */
final class ProfileSecret {
  static final String PROFILE = "client.ovpn";
  static final String LEGACY_PROFILE = "client-legacy.ovpn";
  private static final String AUTHORITIES = "ca.crt";

  private ProfileSecret() {}

  static Secret of(
      VpnClient client,
      ClusterSnapshot cluster,
      ClientKeyMaterial material,
      List<Remote> remotes,
      ProfileMarks marks) {
    StringBuilder authorities = new StringBuilder();
    cluster.issued().trusted().forEach(one -> authorities.append(Pem.of(one)));
    String certificate = Pem.of(material.certificate());
    String name = client.getMetadata().getName();
    Map<String, String> data = new TreeMap<>();
    ClientProfile.Content content =
        new ClientProfile.Content(
            cluster.name(),
            cluster.uid(),
            name,
            remotes,
            cluster.spec().tls(),
            cluster.spec().authentication(),
            authorities.toString(),
            certificate,
            material.keyPem(),
            material.tlsCryptV2Pem());
    put(data, PROFILE, ClientProfile.render(content));
    Tls.LegacyWrap legacy = cluster.spec().tls().controlChannel().legacy();
    if (legacy != null) {
      put(
          data,
          LEGACY_PROFILE,
          ClientProfile.renderLegacy(content, legacy, cluster.issued().staticKeys().getFirst()));
    }
    put(data, ClientKeyMaterial.CERTIFICATE, certificate);
    put(data, ClientKeyMaterial.TLS_CRYPT_V2, material.tlsCryptV2Pem());
    put(data, AUTHORITIES, authorities.toString());
    if (material.keyPem() != null) {
      put(data, ClientKeyMaterial.KEY, material.keyPem());
    }
    Map<String, String> labels =
        new HashMap<>(
            Marks.labels(
                cluster.namespace(), cluster.name(), cluster.uid(), ProfileMarks.COMPONENT));
    labels.put(Marks.CLIENT_UID, client.getMetadata().getUid());
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(client.getMetadata().getNamespace())
        .withName(ProfileMarks.secretName(name))
        .withLabels(labels)
        .withAnnotations(marks.annotations(data))
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(client.getApiVersion())
                .withKind(client.getKind())
                .withName(name)
                .withUid(client.getMetadata().getUid())
                .withController(true)
                .build())
        .endMetadata()
        .withType("Opaque")
        .withData(data)
        .build();
  }

  private static void put(Map<String, String> data, String key, String text) {
    data.put(key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Its data by key. */
  static Map<String, String> texts(Secret secret) {
    Map<String, String> text = new HashMap<>();
    if (secret.getData() != null) {
      secret
          .getData()
          .forEach(
              (key, value) ->
                  text.put(
                      key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
    }
    return text;
  }
}
