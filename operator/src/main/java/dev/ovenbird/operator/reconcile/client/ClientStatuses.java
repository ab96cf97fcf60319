package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnClientStatus;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import dev.ovenbird.operator.status.Conditions;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes clients' status, and only if it says something else. */
final class ClientStatuses {
  static final String READY = "Ready";
  static final String PROFILE_CURRENT = "ProfileCurrent";
  static final String NETWORKS_ROUTED = "NetworksRouted";

  /** A client that comes and goes on one instance costs one write in this time. */
  private static final Duration COARSE = Duration.ofMinutes(5);

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(Marks.OPERATOR)
          .withForce(true)
          .build();

  private final OperatorContext context;
  private final Recent<VpnClient> recent;

  /** Whose last attempt got no answer: it may be what is there, whatever the caches have. */
  private final Recent<Boolean> unsure = new Recent<>();

  /**
   * @param recent gets each client as it was written
   */
  ClientStatuses(OperatorContext context, Recent<VpnClient> recent) {
    this.context = context;
    this.recent = recent;
  }

  /**
   * What is to be said of a client.
   *
   * @param networksRouted null if the client names none, or they were not looked at
   * @param profile null if nothing is known of it now; then it stays as it was said to be
   * @param addresses its own, IPv4 first; empty if it has none
   */
  record Findings(
      Verdict ready,
      Verdict profileCurrent,
      @Nullable Verdict networksRouted,
      @Nullable ProfileMarks profile,
      List<String> addresses,
      Sessions.@Nullable Seen session) {}

  /**
   * Writes the status.
   *
   * @param client as it was just written or read
   * @return when to look again, as its session may be told only then; null if nothing waits
   */
  @Nullable Duration write(VpnClient client, Findings findings) {
    VpnClientStatus before = client.getStatus();
    Instant now = context.clock().instant();
    long generation = client.getMetadata().getGeneration();
    Conditions conditions =
        new Conditions(before == null ? List.of() : before.conditions(), generation, now)
            .set(READY, findings.ready())
            .set(PROFILE_CURRENT, findings.profileCurrent());
    if (findings.networksRouted() != null) {
      conditions.set(NETWORKS_ROUTED, findings.networksRouted());
    }
    Session session = session(before, findings.session(), now);
    ProfileMarks profile = findings.profile();
    VpnClientStatus next =
        new VpnClientStatus(
            profile != null
                ? new VpnClientStatus.SecretKeyReference(
                    ProfileMarks.secretName(client.getMetadata().getName()), ProfileSecret.PROFILE)
                : before == null ? null : before.profileSecretRef(),
            profile != null && !profile.serials().entries().isEmpty()
                ? new VpnClientStatus.Certificate(
                    profile.serials().entries().getFirst().serial(), profile.end())
                : before == null ? null : before.certificate(),
            session.lastConnected(),
            session.session(),
            findings.addresses(),
            generation,
            conditions.list());
    String uid = client.getMetadata().getUid();
    if (!next.equals(before) || unsure.get(uid) != null) {
      VpnClient desired = new VpnClient();
      desired.setMetadata(
          new ObjectMetaBuilder()
              .withNamespace(client.getMetadata().getNamespace())
              .withName(client.getMetadata().getName())
              .build());
      desired.setStatus(next);
      desired.getMetadata().setUid(uid);
      unsure.put(uid, Boolean.TRUE);
      recent.put(uid, context.client().resource(desired).subresource("status").patch(APPLY));
      unsure.remove(uid);
    }
    return session.again();
  }

  private record Session(
      VpnClientStatus.@Nullable Session session,
      @Nullable String lastConnected,
      @Nullable Duration again) {}

  private static Session session(
      @Nullable VpnClientStatus before, Sessions.@Nullable Seen seen, Instant now) {
    VpnClientStatus.Session told = before == null ? null : before.session();
    String last = before == null ? null : before.lastConnectedTime();
    if (seen == null) {
      return new Session(null, last, null);
    }
    if (told != null
        && told.instance().equals(seen.instance())
        && !told.since().equals(seen.since())) {
      Duration left = Duration.between(now, instant(told.since(), now).plus(COARSE));
      if (left.isPositive()) {
        return new Session(told, last, left.plusSeconds(1).truncatedTo(ChronoUnit.SECONDS));
      }
    }
    return new Session(
        new VpnClientStatus.Session(seen.instance(), seen.since()), seen.since(), null);
  }

  private static Instant instant(String text, Instant otherwise) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return otherwise;
    }
  }
}
