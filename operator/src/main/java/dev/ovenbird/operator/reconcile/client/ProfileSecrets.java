package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.CertificateRequest;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Credentials;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.profile.Remote;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import dev.ovenbird.operator.reconcile.written.AcceptedSerials;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import dev.ovenbird.operator.resolve.GoDuration;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Keeps clients' profile Secrets: they are the clients' identities. */
final class ProfileSecrets {
  static final String CONFLICT = "SecretConflict";
  static final String BAD_REQUEST = "BadCertificateRequest";

  private final OperatorContext context;
  private final Recent<ProfileMarks> recent = new Recent<>();

  ProfileSecrets(OperatorContext context) {
    this.context = context;
  }

  /**
   * Sees to a client's profile; a Secret that is as it should be costs no request.
   *
   * @return what the Secret says now; null if somebody else writes it at this moment
   * @throws UnresolvedException if there can be no profile; the message says what to do
   */
  @Nullable ProfileMarks ensure(VpnClient client, ClusterWork cluster) throws UnresolvedException {
    String uid = client.getMetadata().getUid();
    // Before the cache is asked: what was just written is forgotten when the cache has it.
    ProfileMarks justWritten = recent.get(uid);
    Secret cached = ClusterWork.secret(context, client);
    if (cached != null && ProfileMarks.isOf(cached, client)) {
      cluster.remotes().adopt(uid, ProfileMarks.of(cached).first());
    }
    List<Remote> remotes = cluster.remotes().remotes(uid);
    String inputs = cluster.inputs(client, remotes);
    if (cached != null && ProfileMarks.isOf(cached, client)) {
      ProfileMarks marks = ProfileMarks.of(cached);
      if (marks.inputs().equals(inputs)
          && marks.isIntact(cached)
          && !isDue(marks.end(), cluster.snapshot())) {
        return marks;
      }
    }
    ProfileMarks written = cached == null ? justWritten : null;
    return written != null && written.inputs().equals(inputs)
        ? written
        : write(client, cluster, remotes, inputs);
  }

  /** The cache has it, or knows that it is gone. */
  void seen(String clientUid) {
    recent.remove(clientUid);
  }

  private @Nullable ProfileMarks write(
      VpnClient client, ClusterWork cluster, List<Remote> remotes, String inputs)
      throws UnresolvedException {
    PublicKey requested = requested(client);
    Secret live = null;
    // A new client has none: its plain create tells if that is wrong.
    if (ClusterWork.secret(context, client) != null || client.getStatus() != null) {
      live = resource(client).get();
    }
    for (int i = 0; i < 2; i++) {
      if (live != null && !ProfileMarks.isOf(live, client)) {
        refuseForeign(client, live);
        // Made for an earlier client of this name, and not yet collected.
        context
            .client()
            .resource(live)
            .lockResourceVersion(live.getMetadata().getResourceVersion())
            .delete();
        live = null;
      }
      ProfileMarks before = live == null ? null : ProfileMarks.of(live);
      ClientKeyMaterial kept =
          live == null
              ? null
              : ClientKeyMaterial.read(
                  ProfileSecret.texts(live),
                  cluster.snapshot(),
                  client.getMetadata().getUid(),
                  requested);
      ClientKeyMaterial material = renewed(kept, client, cluster.snapshot(), requested);
      AcceptedSerials serials =
          (before == null || kept == null ? AcceptedSerials.NONE : before.serials());
      if (kept != null) {
        serials = serials.with(entry(kept.certificate(), cluster), cluster.trusted());
      }
      serials = serials.with(entry(material.certificate(), cluster), cluster.trusted());
      ProfileMarks marks =
          new ProfileMarks(
              serials,
              material.certificate().getNotAfter().toInstant().toString(),
              inputs,
              remotes.isEmpty() ? "" : remotes.getFirst().instance(),
              material.keyGeneration());
      Secret desired = ProfileSecret.of(client, cluster.snapshot(), material, remotes, marks);
      cluster.remotes().writing(client.getMetadata().getUid(), marks.first());
      try {
        if (live == null) {
          recent.put(client.getMetadata().getUid(), marks);
          context.client().secrets().resource(desired).create();
        } else {
          desired.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
          desired.getMetadata().setUid(live.getMetadata().getUid());
          context.client().secrets().resource(desired).update();
        }
        say(client, live != null, kept != null);
        if (kept != null
            && !material.certificate().equals(kept.certificate())
            && kept.isOfNewest(cluster.snapshot())) {
          sayRenewed(client, kept.certificate(), material.certificate());
        }
        return marks;
      } catch (KubernetesClientException e) {
        recent.remove(client.getMetadata().getUid());
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
            && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
          throw e;
        }
        if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
          return null; // The namespace goes, or the Secret did.
        }
        live = resource(client).get();
        if (live != null && ProfileMarks.isOf(live, client)) {
          ProfileMarks other = ProfileMarks.of(live);
          if (other.inputs().equals(inputs)) {
            return other; // Another operator was first.
          }
        }
      }
    }
    return null;
  }

  private Resource<Secret> resource(VpnClient client) {
    return context
        .client()
        .secrets()
        .inNamespace(client.getMetadata().getNamespace())
        .withName(ProfileMarks.secretName(client.getMetadata().getName()));
  }

  /** Whether a Secret that is not this client's is somebody's own. */
  private static void refuseForeign(VpnClient client, Secret live) throws UnresolvedException {
    boolean ofNamesake =
        Marks.isOurs(live)
            && live.getMetadata().getOwnerReferences().stream()
                .anyMatch(
                    owner ->
                        owner.getKind().equals(client.getKind())
                            && owner.getName().equals(client.getMetadata().getName()));
    if (!ofNamesake) {
      throw new UnresolvedException(
          CONFLICT,
          "Secret "
              + live.getMetadata().getName()
              + " exists and was not made by the operator, so the profile has no place; rename or"
              + " delete that Secret");
    }
  }

  private static @Nullable PublicKey requested(VpnClient client) throws UnresolvedException {
    String csr = client.getSpec().csr();
    if (csr == null) {
      return null;
    }
    try {
      return CertificateRequest.parse(csr).publicKey();
    } catch (GeneralSecurityException e) {
      throw new UnresolvedException(BAD_REQUEST, "spec.csr: " + e.getMessage());
    }
  }

  /**
   * What the client is to have: what it has, with a new certificate if that one is due, and a new
   * tls-crypt-v2 key if the wrapping server key is newer than the one it has.
   */
  private ClientKeyMaterial renewed(
      @Nullable ClientKeyMaterial kept,
      VpnClient client,
      ClusterSnapshot cluster,
      @Nullable PublicKey requested) {
    ServerKey wrapKey = cluster.wrapKey();
    if (kept != null && kept.keyGeneration() < wrapKey.generation()) {
      return renewed(
          kept.with(tlsCryptV2(client, cluster), wrapKey.generation()), client, cluster, requested);
    }
    if (kept != null
        && kept.isOfNewest(cluster)
        && !isDue(kept.certificate().getNotAfter().toInstant().toString(), cluster)) {
      return kept;
    }
    CertificateAuthority authority = cluster.issued().authority();
    String name = client.getMetadata().getName();
    String uid = client.getMetadata().getUid();
    Duration validity = GoDuration.parse(cluster.spec().pki().clientValidity());
    Instant now = context.clock().instant();
    if (kept != null) {
      return kept.with(
          authority.issueClient(name, uid, kept.certificate().getPublicKey(), validity, now));
    }
    String tlsCryptV2 = tlsCryptV2(client, cluster);
    if (requested != null) {
      return new ClientKeyMaterial(
          authority.issueClient(name, uid, requested, validity, now),
          null,
          tlsCryptV2,
          wrapKey.generation());
    }
    Credentials issued =
        authority.issueClient(name, uid, cluster.spec().pki().privateKey(), validity, now);
    return new ClientKeyMaterial(
        issued.certificate(), Pem.of(issued.privateKey()), tlsCryptV2, wrapKey.generation());
  }

  private String tlsCryptV2(VpnClient client, ClusterSnapshot cluster) {
    return ClientKeys.issue(
            TlsCryptV2ServerKey.parse(cluster.wrapKey().pem()),
            cluster.uid(),
            client.getMetadata().getUid(),
            context.random())
        .toPem();
  }

  /** Less than a third of its time is left, and a new one would end much later. */
  private boolean isDue(String end, ClusterSnapshot cluster) {
    Duration third = GoDuration.parse(cluster.spec().pki().clientValidity()).dividedBy(3);
    Instant now = context.clock().instant();
    Instant authorityEnd = cluster.issued().authority().certificate().getNotAfter().toInstant();
    try {
      Instant ends = Instant.parse(end);
      Instant possible = now.plus(third.multipliedBy(3));
      possible = possible.isAfter(authorityEnd) ? authorityEnd : possible;
      return ends.isBefore(now.plus(third)) && possible.isAfter(ends.plus(third));
    } catch (DateTimeException e) {
      return true;
    }
  }

  private static AcceptedSerials.Entry entry(X509Certificate certificate, ClusterWork cluster) {
    X509Certificate issuer =
        Objects.requireNonNull(ClientKeyMaterial.issuer(certificate, cluster.snapshot()));
    return new AcceptedSerials.Entry(
        certificate.getSerialNumber().toString(16), AcceptedSerials.authority(issuer));
  }

  private void sayRenewed(VpnClient client, X509Certificate before, X509Certificate after) {
    context
        .events()
        .normal(
            client,
            "CertificateRenewed",
            "profiles taken before end on "
                + before.getNotAfter().toInstant()
                + "; hand out the new one, which is good until "
                + after.getNotAfter().toInstant());
  }

  private void say(VpnClient client, boolean existed, boolean kept) {
    String name = ProfileMarks.secretName(client.getMetadata().getName());
    boolean hadProfile = client.getStatus() != null && client.getStatus().certificate() != null;
    if (!existed && hadProfile) {
      context
          .events()
          .warning(
              client,
              "ProfileReplaced",
              "Secret "
                  + name
                  + " was deleted, so a new key and certificate were made; profiles taken before"
                  + " no longer connect. Hand out the new one");
    } else if (existed && !kept) {
      context
          .events()
          .warning(
              client,
              "ProfileReplaced",
              "the key or certificate in Secret "
                  + name
                  + " was no longer the client's, so new ones were made; profiles taken before no"
                  + " longer connect. Hand out the new one");
    }
  }
}
