package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.profile.ClientProfile;
import dev.ovenbird.operator.profile.Remote;
import dev.ovenbird.operator.profile.RemotePlan;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.written.AcceptedSerials;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the clients of one cluster share: its snapshot, their remotes and address claims. */
final class ClusterWork implements AutoCloseable {
  /** Raise it when profiles are to be rendered anew. */
  private static final String FORMAT = "1";

  private final RemotePlan remotes;
  private final ClaimKeeper claims;
  private volatile View view;
  private boolean updated;

  /**
   * What a snapshot means for profiles.
   *
   * @param digest of all that is the same for every client
   * @param trusted ids of authorities, newest first
   */
  private record View(ClusterSnapshot snapshot, String digest, List<String> trusted) {}

  ClusterWork(OperatorContext context, ClusterSnapshot snapshot, ClaimKeeper claims) {
    this.claims = claims;
    view = view(snapshot);
    Map<String, String> firsts = new HashMap<>();
    for (VpnClient client : clients(context, snapshot)) {
      Secret secret = secret(context, client);
      boolean known = secret != null && ProfileMarks.isOf(secret, client);
      firsts.put(
          client.getMetadata().getUid(),
          known && secret != null ? ProfileMarks.of(secret).first() : "");
    }
    remotes = new RemotePlan(firsts, snapshot.endpoints(), snapshot.spec().profile().maxRemotes());
    remotes.announce(snapshot.pending());
  }

  static List<VpnClient> clients(OperatorContext context, ClusterSnapshot cluster) {
    return context
        .caches()
        .clients()
        .getIndexer()
        .byIndex(Caches.BY_CLUSTER, cluster.namespace() + "/" + cluster.name());
  }

  /** A client's profile Secret as the cache has it, whoever made it. */
  static @Nullable Secret secret(OperatorContext context, VpnClient client) {
    return context
        .caches()
        .secrets()
        .getStore()
        .getByKey(
            client.getMetadata().getNamespace()
                + "/"
                + ProfileMarks.secretName(client.getMetadata().getName()));
  }

  /**
   * Takes what was published; whether clients are to be looked at. The first time they are, even if
   * the work has begun with that very snapshot: a client may have begun it before others, which
   * wait for a cluster, were told of one.
   */
  synchronized boolean update(ClusterSnapshot snapshot) {
    boolean first = !updated;
    updated = true;
    View before = view;
    View next = view(snapshot);
    boolean moved =
        !snapshot.endpoints().equals(before.snapshot().endpoints())
            || !snapshot
                .spec()
                .profile()
                .maxRemotes()
                .equals(before.snapshot().spec().profile().maxRemotes());
    if (moved) {
      remotes.update(snapshot.endpoints(), snapshot.spec().profile().maxRemotes());
    }
    boolean announces = !Objects.equals(snapshot.pending(), before.snapshot().pending());
    if (announces) {
      remotes.announce(snapshot.pending());
    }
    view = next;
    return first || moved || announces || !next.digest().equals(before.digest());
  }

  ClusterSnapshot snapshot() {
    return view.snapshot();
  }

  /** Ids of the trusted authorities, newest first. */
  List<String> trusted() {
    return view.trusted();
  }

  RemotePlan remotes() {
    return remotes;
  }

  ClaimKeeper claims() {
    return claims;
  }

  /** Digest of all that this client's profile is made from, but its keys. */
  String inputs(VpnClient client, List<Remote> list) {
    String csr = client.getSpec().csr();
    return digest(
        Stream.concat(
            Stream.of(view.digest(), client.getMetadata().getName(), csr == null ? "" : csr),
            list.stream()
                .map(Remote::endpoint)
                .map(one -> one.host() + " " + one.port() + " " + one.protocol())));
  }

  private static View view(ClusterSnapshot snapshot) {
    List<String> trusted =
        snapshot.issued().trusted().stream().map(AcceptedSerials::authority).toList();
    // Of server keys only the one that is in profiles.
    Tls tls = snapshot.spec().tls();
    String choices = tls.toString().replace(", serverKey=" + tls.controlChannel().serverKey(), "");
    String digest =
        digest(
            Stream.of(
                FORMAT,
                snapshot.uid(),
                snapshot.name(),
                choices + ClientProfile.logIn(snapshot.spec().authentication()),
                AcceptedSerials.authority(snapshot.issued().authority().certificate()),
                String.join(" ", trusted),
                snapshot.wrapKey().pem(),
                String.join(" ", snapshot.issued().staticKeys())));
    return new View(snapshot, digest, trusted);
  }

  private static String digest(Stream<String> parts) {
    byte[] text = parts.collect(Collectors.joining("\n")).getBytes(StandardCharsets.UTF_8);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }

  @Override
  public void close() {
    claims.close();
  }
}
