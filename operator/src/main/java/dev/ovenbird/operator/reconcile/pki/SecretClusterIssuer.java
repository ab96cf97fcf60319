package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.issue.AuthorityGenerations;
import dev.ovenbird.operator.issue.BroughtAuthority;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Authorities in Secrets of the operator's namespace. What was read is held for as long as the
 * cache's digest says that it is the same, so a cluster at rest costs no read; only with {@code
 * spec.pki.ca.type: Secret} the person's Secret is looked at each time.
 *
 * <p>Another authority in the person's Secret is a new generation. The key of the one before was
 * kept, so that one cross-signs it, as with generated ones.
 */
public final class SecretClusterIssuer implements ClusterIssuer {
  private static final int ATTEMPTS = 5;

  private final OperatorContext context;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  public SecretClusterIssuer(OperatorContext context) {
    this.context = context;
  }

  private record Held(
      AuthoritySecret.Content content, AuthorityGenerations generations, IssuedCluster issued) {
    Held(AuthoritySecret.Content content, AuthorityGenerations generations) {
      this(content, generations, generations.issued());
    }
  }

  @Override
  public IssuedCluster issue(VpnCluster cluster)
      throws UnresolvedException, ForeignObjectException {
    AuthoritySecret secret = new AuthoritySecret(context, cluster);
    String uid = cluster.getMetadata().getUid();
    CertificateAuthority brought = brought(cluster);
    Held before = held.get(uid);
    if (before == null || !before.content().digest().equals(secret.cachedDigest())) {
      before = read(uid, secret, before);
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      AuthorityGenerations wanted =
          wanted(cluster, before == null ? null : before.generations(), brought);
      if (before != null && wanted == before.generations()) {
        return before.issued();
      }
      AuthoritySecret.Content written =
          before == null
              ? secret.create(data(wanted))
              : secret.replace(before.content(), data(wanted));
      if (written != null) {
        held.put(uid, new Held(written, wanted));
        say(cluster, before == null ? null : before.generations(), wanted);
      }
      // Also what was just written is read back: what counts is what the API server has.
      before = read(uid, secret, held.get(uid));
    }
    throw new UnresolvedException(
        "AuthorityContended",
        "Secret " + secret + " is being changed by somebody all the time; stop that");
  }

  /** Null if the cluster has none yet. */
  private @Nullable Held read(String uid, AuthoritySecret secret, @Nullable Held before)
      throws UnresolvedException, ForeignObjectException {
    AuthoritySecret.Content content = secret.read();
    if (content == null && before != null) {
      // Deleted by hand while this process knows it: the same comes back.
      content = secret.create(before.content().data());
      if (content == null) {
        content = secret.read();
      }
    }
    if (content == null) {
      held.remove(uid);
      if (secret.hasSigned()) {
        throw new UnresolvedException(
            "AuthorityLost",
            "Secret "
                + secret
                + ", the certificate authority, is gone, but profiles and keys that need it are"
                + " there; restore it from a backup. To begin anew, with new profiles for"
                + " everybody: kubectl delete secret -A -l ovenbird.dev/cluster-uid="
                + uid);
      }
      return null;
    }
    Held now;
    if (before != null && before.content().digest().equals(content.digest())) {
      now = new Held(content, before.generations(), before.issued());
    } else {
      now = new Held(content, parse(uid, secret, content));
    }
    held.put(uid, now);
    return now;
  }

  private AuthorityGenerations parse(
      String uid, AuthoritySecret secret, AuthoritySecret.Content content)
      throws UnresolvedException {
    try {
      return AuthorityGenerations.parse(uid, texts(content.data()), context.random());
    } catch (GeneralSecurityException e) {
      throw secret.damaged(String.valueOf(e.getMessage()), "restore it from a backup");
    }
  }

  private AuthorityGenerations wanted(
      VpnCluster cluster,
      @Nullable AuthorityGenerations present,
      @Nullable CertificateAuthority brought)
      throws UnresolvedException {
    Pki.Ca ca = cluster.getSpec().pki().ca();
    Instant now = context.clock().instant();
    AuthorityGenerations wanted = present;
    if (wanted == null) {
      wanted =
          AuthorityGenerations.first(
              ca.generation(),
              brought == null ? generate(cluster, ca.generation(), now) : brought,
              cluster.getSpec().tls().controlChannel().serverKey().generation(),
              context.random());
    }
    if (brought != null && !brought.certificate().equals(wanted.authority().certificate())) {
      wanted = wanted.with(brought, now);
    }
    while (wanted.newest() < ca.generation()) {
      if (brought != null) {
        throw new UnresolvedException(
            "AuthoritySecretUnchanged",
            "spec.pki.ca.generation asks for a new certificate authority, but "
                + reference(cluster)
                + " still holds the one in use; put the new one there, or set generation to "
                + wanted.newest());
      }
      wanted = wanted.with(generate(cluster, wanted.newest() + 1, now), now);
    }
    wanted = withServerKeys(cluster, wanted);
    if (cluster.getSpec().tls().controlChannel().legacy() != null) {
      wanted = wanted.withStaticKey(context.random());
    }
    if (cluster.getSpec().authentication().asksPasswords()) {
      wanted = wanted.withTokenKey(context.random());
    }
    if (!wanted.authority().certificate().getNotAfter().toInstant().isAfter(now)) {
      throw new UnresolvedException(
          "AuthorityEnded",
          "the certificate authority ended on "
              + wanted.authority().certificate().getNotAfter().toInstant()
              + "; raise spec.pki.ca.generation by one to get a new one");
    }
    // What an instance's certificate is of stays until that instance has another.
    int oldest =
        AuthorityUse.below(ca.oldestGeneration(), context, cluster.getMetadata().getUid())
            .values()
            .stream()
            .reduce(ca.oldestGeneration(), Math::min);
    return wanted.oldest() < oldest ? wanted.from(oldest) : wanted;
  }

  /** With the server keys that the spec asks for and those that profiles still need. */
  private AuthorityGenerations withServerKeys(VpnCluster cluster, AuthorityGenerations present) {
    Tls.ServerKey key = cluster.getSpec().tls().controlChannel().serverKey();
    AuthorityGenerations wanted = present.withServerKeys(key.generation(), context.random());
    List<ServerKey> keys = wanted.serverKeys();
    if (keys.getLast().generation() >= key.oldestGeneration()) {
      return wanted;
    }
    int oldest = ServerKeyUse.of(context, cluster.getMetadata().getUid(), keys).oldest(key, keys);
    return keys.getLast().generation() < oldest ? wanted.fromServerKey(oldest) : wanted;
  }

  private CertificateAuthority generate(VpnCluster cluster, int generation, Instant now) {
    return CertificateAuthority.generate(
        cluster.getMetadata().getUid(),
        generation,
        cluster.getSpec().pki().privateKey(),
        context.random(),
        now);
  }

  /** What spec.pki.ca.secretRef holds; null with another type. */
  private @Nullable CertificateAuthority brought(VpnCluster cluster) throws UnresolvedException {
    Pki.Ca ca = cluster.getSpec().pki().ca();
    if (ca.type() != Pki.CaType.Secret || ca.secretRef() == null) {
      return null;
    }
    String namespace = cluster.getMetadata().getNamespace();
    String name = ca.secretRef().name();
    Secret secret = context.client().secrets().inNamespace(namespace).withName(name).get();
    if (secret == null) {
      throw new UnresolvedException(
          "AuthoritySecretMissing",
          reference(cluster)
              + " does not exist; make it with kubectl create secret tls "
              + name
              + " -n "
              + namespace
              + " --cert=tls.crt --key=tls.key");
    }
    try {
      Map<String, String> texts = texts(secret.getData() == null ? Map.of() : secret.getData());
      return BroughtAuthority.read(
          cluster.getMetadata().getUid(),
          texts.get("tls.crt"),
          texts.get("tls.key"),
          context.random(),
          context.clock().instant());
    } catch (GeneralSecurityException e) {
      throw new UnresolvedException(
          "AuthoritySecretUnusable", reference(cluster) + ": " + e.getMessage());
    }
  }

  private static String reference(VpnCluster cluster) {
    Pki.SecretReference secret = cluster.getSpec().pki().ca().secretRef();
    return "Secret "
        + cluster.getMetadata().getNamespace()
        + "/"
        + (secret == null ? "" : secret.name())
        + " (spec.pki.ca.secretRef)";
  }

  private void say(
      VpnCluster cluster, @Nullable AuthorityGenerations before, AuthorityGenerations after) {
    if (before != null && after.newest() > before.newest()) {
      context
          .events()
          .normal(
              cluster,
              "AuthorityRotated",
              "the certificate authority is now of generation "
                  + after.newest()
                  + "; profiles are made anew, and old ones work until"
                  + " spec.pki.ca.oldestGeneration is raised");
    } else if (before != null && after.oldest() > before.oldest()) {
      context
          .events()
          .normal(
              cluster,
              "AuthorityRetired",
              "certificate authorities below generation "
                  + after.oldest()
                  + " are gone; profiles made before generation "
                  + after.oldest()
                  + " are refused");
    }
    if (before != null) {
      sayKeys(cluster, before.serverKeys(), after.serverKeys());
    }
  }

  private void sayKeys(VpnCluster cluster, List<ServerKey> before, List<ServerKey> after) {
    int newest = after.getFirst().generation();
    int oldest = after.getLast().generation();
    if (newest > before.getFirst().generation()) {
      context
          .events()
          .normal(
              cluster,
              "ServerKeyRotated",
              "there is a tls-crypt-v2 server key of generation "
                  + newest
                  + "; profiles are made anew with it as soon as every instance holds it, and old"
                  + " ones work until spec.tls.controlChannel.serverKey.oldestGeneration is raised");
    }
    if (oldest > before.getLast().generation()) {
      context
          .events()
          .normal(
              cluster,
              "ServerKeyRetired",
              "tls-crypt-v2 server keys below generation "
                  + oldest
                  + " are gone; profiles made with them get no answer, and who still has one needs"
                  + " the new one from the Secret");
    }
  }

  private static Map<String, String> data(AuthorityGenerations generations) {
    Map<String, String> data = new TreeMap<>();
    generations
        .texts()
        .forEach(
            (name, text) ->
                data.put(
                    name,
                    Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    return data;
  }

  private static Map<String, String> texts(Map<String, String> data) {
    Map<String, String> texts = new TreeMap<>();
    data.forEach(
        (name, base64) ->
            texts.put(
                name, new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8)));
    return texts;
  }
}
