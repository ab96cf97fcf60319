package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.CertificateRequest;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.plan.ServerName;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Ignore;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Refuse;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Sign;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Wait;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pod may have the certificate that it asks for. Only what the API server wrote into the
 * request about the requester's token is believed: the pod and its node; and of the pod, what only
 * the operator and the DaemonSet controller can have written.
 */
final class InstanceRequestCheck {
  private static final String TOKEN = "authentication.kubernetes.io/";
  private static final Set<String> USAGES =
      Set.of("digital signature", "server auth", "client auth");
  private static final Pattern URI =
      Pattern.compile(
          "urn:ovenbird:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):instance:"
              + "([a-z0-9.-]{1,253}):(0|[1-9][0-9]?)");

  /** Agents of an operator with another agents' namespace, by the names that operators give. */
  private static final Pattern OTHERS_AGENT =
      Pattern.compile("system:serviceaccount:[^:]+:ovb-[0-9a-f]{8}");

  private static final int MAX_QUOTED = 100;

  private final OperatorContext context;
  private final RequestRate rate = new RequestRate();

  InstanceRequestCheck(OperatorContext context) {
    this.context = context;
  }

  InstanceVerdict judge(CertificateSigningRequest request) {
    CertificateSigningRequestSpec spec = request.getSpec();
    String user = "system:serviceaccount:" + context.settings().agentsNamespace() + ":";
    if (spec.getUsername() == null || !spec.getUsername().startsWith(user)) {
      if (spec.getUsername() != null && OTHERS_AGENT.matcher(spec.getUsername()).matches()) {
        return new Ignore();
      }
      return new Refuse(
          "NotAnAgent",
          quoted(spec.getUsername())
              + " is no ServiceAccount of namespace "
              + context.settings().agentsNamespace()
              + "; only agents get certificates from this signer");
    }
    String pod = token(spec, "pod-name");
    String podUid = token(spec, "pod-uid");
    String node = token(spec, "node-name");
    if (pod == null || podUid == null || node == null) {
      return new Refuse(
          "TokenWithoutPod",
          "the requester's token names no pod on a node; use the token that is projected into the"
              + " agent's pod");
    }
    if (!rate.admits(podUid, request.getMetadata().getUid(), context.clock().instant())) {
      return new Refuse(
          "TooManyRequests",
          "pod "
              + pod
              + " asked for more than "
              + RequestRate.REQUESTS
              + " certificates within "
              + RequestRate.WINDOW.toMinutes()
              + " minutes; see in its log why it does");
    }
    Refuse fault = unfit(spec);
    if (fault != null) {
      return fault;
    }
    CertificateRequest asked;
    try {
      byte[] pem = Base64.getDecoder().decode(spec.getRequest());
      asked = CertificateRequest.parse(new String(pem, StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return new Refuse("BadRequest", "spec.request: " + e.getMessage());
    }
    Matcher uri =
        URI.matcher(
            asked.names().size() == 1 ? asked.names().getFirst() : String.valueOf(asked.names()));
    if (!uri.matches()) {
      return new Refuse(
          "WrongName",
          "the request's names are "
              + quoted(asked.names().toString())
              + ", not one URI urn:ovenbird:<cluster UID>:instance:<node>:<lane>");
    }
    String clusterUid = uri.group(1);
    InstanceId instance = new InstanceId(uri.group(2), Integer.parseInt(uri.group(3)));
    String account = spec.getUsername().substring(user.length());
    if (!account.equals(ObjectNames.of(clusterUid).agents())) {
      return new Refuse(
          "WrongCluster",
          "ServiceAccount " + account + " is not that of cluster " + clusterUid + "'s agents");
    }
    if (!instance.node().equals(node)) {
      return new Refuse(
          "WrongNode",
          "pod "
              + pod
              + " runs on node "
              + node
              + " and may not be an instance of node "
              + instance.node());
    }
    if (!asked.subject().equals("cn=" + ServerName.of(clusterUid))) {
      return new Refuse(
          "WrongSubject",
          "the request's subject is "
              + quoted(asked.subject())
              + ", not the cluster's server name: cn="
              + ServerName.of(clusterUid));
    }
    return judge(instance, clusterUid, account, pod, podUid, asked, validity(spec));
  }

  private InstanceVerdict judge(
      InstanceId instance,
      String clusterUid,
      String account,
      String podName,
      String podUid,
      CertificateRequest asked,
      Duration validity) {
    VpnCluster cluster = cluster(clusterUid);
    if (cluster == null) {
      return new Refuse("NoCluster", "there is no VpnCluster with UID " + clusterUid);
    }
    ClusterSnapshot snapshot =
        context
            .clusters()
            .find(cluster.getMetadata().getNamespace(), cluster.getMetadata().getName());
    if (snapshot == null || !snapshot.uid().equals(clusterUid)) {
      return new Wait();
    }
    Pod pod =
        context
            .client()
            .pods()
            .inNamespace(context.settings().agentsNamespace())
            .withName(podName)
            .get();
    if (pod == null || !podUid.equals(pod.getMetadata().getUid())) {
      return new Refuse("NoPod", "pod " + podName + " with UID " + podUid + " is gone");
    }
    if (!account.equals(pod.getSpec().getServiceAccountName())
        || !Marks.isOurs(pod)
        || !clusterUid.equals(Marks.label(pod, Marks.CLUSTER_UID))) {
      return new Refuse(
          "WrongPod",
          "pod " + podName + " is no agent of cluster " + clusterUid + " that the operator made");
    }
    if (!instance.node().equals(pod.getSpec().getNodeName())) {
      return new Refuse(
          "WrongNode",
          "pod "
              + podName
              + " runs on node "
              + pod.getSpec().getNodeName()
              + ", not on "
              + instance.node());
    }
    String lane = Marks.label(pod, Marks.LANE);
    if (!String.valueOf(instance.lane()).equals(lane)) {
      return new Refuse(
          "WrongLane",
          "pod "
              + podName
              + " is of lane "
              + lane
              + " and may not be one of lane "
              + instance.lane());
    }
    return new Sign(snapshot, instance, asked.publicKey(), validity);
  }

  private static @Nullable Refuse unfit(CertificateSigningRequestSpec spec) {
    if (spec.getUsages() == null || !USAGES.equals(Set.copyOf(spec.getUsages()))) {
      return new Refuse(
          "WrongUsages",
          "spec.usages are "
              + spec.getUsages()
              + "; an instance asks for digital signature, server auth and client auth");
    }
    if (validity(spec).compareTo(CertificateAuthority.INSTANCE_VALIDITY) > 0) {
      return new Refuse(
          "TooLong",
          "spec.expirationSeconds is "
              + spec.getExpirationSeconds()
              + "; ask for at most "
              + CertificateAuthority.INSTANCE_VALIDITY.toSeconds()
              + " (90 days) or leave it out");
    }
    return null;
  }

  private static Duration validity(CertificateSigningRequestSpec spec) {
    return spec.getExpirationSeconds() == null
        ? CertificateAuthority.INSTANCE_VALIDITY
        : Duration.ofSeconds(spec.getExpirationSeconds());
  }

  private @Nullable VpnCluster cluster(String uid) {
    return context.caches().clusters().getStore().list().stream()
        .filter(cluster -> uid.equals(cluster.getMetadata().getUid()))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String token(CertificateSigningRequestSpec spec, String key) {
    List<String> values = spec.getExtra() == null ? null : spec.getExtra().get(TOKEN + key);
    return values == null || values.size() != 1 ? null : values.getFirst();
  }

  /** Somebody else's text, short and on one line. */
  private static String quoted(@Nullable String text) {
    String line = String.valueOf(text).replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_QUOTED ? line : line.substring(0, MAX_QUOTED) + "…";
  }
}
