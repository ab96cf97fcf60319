package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Ignore;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Refuse;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Sign;
import dev.ovenbird.operator.reconcile.pki.InstanceVerdict.Wait;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatus;
import io.javaoperatorsdk.operator.api.config.informer.Field;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signer of instances' certificates in the Kubernetes CSR API. It approves what an agent's pod may
 * have, denies everything else with the reason, and signs only what it finds right itself: a
 * person's approval is needed for nothing and moves nothing.
 */
@GradualRetry(maxAttempts = Integer.MAX_VALUE, maxInterval = 60_000)
@ControllerConfiguration(
    name = "instance-signer",
    generationAwareEventProcessing = false,
    informer =
        @Informer(
            fieldSelector = @Field(path = "spec.signerName", value = OperatorSettings.SIGNER)))
public final class InstanceSigner implements Reconciler<CertificateSigningRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(InstanceSigner.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
  private static final String APPROVED = "Approved";
  private static final String DENIED = "Denied";
  private static final String FAILED = "Failed";

  private final OperatorContext context;
  private final InstanceRequestCheck check;

  public InstanceSigner(OperatorContext context) {
    this.context = context;
    check = new InstanceRequestCheck(context);
  }

  @Override
  public UpdateControl<CertificateSigningRequest> reconcile(
      CertificateSigningRequest request, Context<CertificateSigningRequest> sdk) {
    if (!OperatorSettings.SIGNER.equals(request.getSpec().getSignerName()) || isDone(request)) {
      return UpdateControl.noUpdate();
    }
    switch (check.judge(request)) {
      case Wait wait -> {
        return UpdateControl.<CertificateSigningRequest>noUpdate().rescheduleAfter(LOOK_AGAIN);
      }
      case Ignore ignore -> {
        return UpdateControl.noUpdate();
      }
      case Refuse refuse -> refuse(request, refuse);
      case Sign sign -> sign(request, sign);
    }
    return UpdateControl.noUpdate();
  }

  private void refuse(CertificateSigningRequest request, Refuse refuse) {
    LOG.warn(
        "refused CertificateSigningRequest {}: {}",
        request.getMetadata().getName(),
        refuse.message());
    // A denial can't follow somebody's approval.
    boolean approved = has(request, APPROVED);
    write(
        with(request, approved ? FAILED : DENIED, refuse.reason(), refuse.message()),
        approved ? "status" : "approval");
  }

  private void sign(CertificateSigningRequest request, Sign sign) {
    String what =
        "lane "
            + sign.instance().lane()
            + " of VpnCluster "
            + sign.cluster().namespace()
            + "/"
            + sign.cluster().name()
            + " on node "
            + sign.instance().node();
    CertificateSigningRequest approved = request;
    if (!has(request, APPROVED)) {
      approved =
          write(with(request, APPROVED, "AgentsPod", "the requesting pod is " + what), "approval");
    }
    if (!has(approved, APPROVED) || isDone(approved)) {
      return;
    }
    IssuedCluster issued = sign.cluster().issued();
    X509Certificate leaf =
        issued
            .authority()
            .issueInstance(
                sign.instance(), sign.publicKey(), sign.validity(), context.clock().instant());
    AuthorityUse.note(context, sign, leaf.getNotAfter().toInstant());
    StringBuilder chain = new StringBuilder(Pem.of(leaf));
    issued.crossCertificates().forEach(cross -> chain.append(Pem.of(cross)));
    write(
        new CertificateSigningRequestBuilder(approved)
            .editOrNewStatus()
            .withCertificate(
                Base64.getEncoder()
                    .encodeToString(chain.toString().getBytes(StandardCharsets.US_ASCII)))
            .endStatus()
            .build(),
        "status");
    LOG.info("signed certificate {} for {}", leaf.getSerialNumber().toString(16), what);
  }

  /** Only that version: whoever changed it meanwhile is looked at again first. */
  private CertificateSigningRequest write(CertificateSigningRequest request, String subresource) {
    return context.client().resource(request).subresource(subresource).update();
  }

  private CertificateSigningRequest with(
      CertificateSigningRequest request, String type, String reason, String message) {
    String now = context.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
    List<CertificateSigningRequestCondition> conditions = new ArrayList<>(conditions(request));
    conditions.add(
        new CertificateSigningRequestConditionBuilder()
            .withType(type)
            .withStatus("True")
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(now)
            .withLastUpdateTime(now)
            .build());
    return new CertificateSigningRequestBuilder(request)
        .editOrNewStatus()
        .withConditions(conditions)
        .endStatus()
        .build();
  }

  private static boolean isDone(CertificateSigningRequest request) {
    CertificateSigningRequestStatus status = request.getStatus();
    boolean signed =
        status != null && status.getCertificate() != null && !status.getCertificate().isEmpty();
    return signed || has(request, DENIED) || has(request, FAILED);
  }

  private static boolean has(CertificateSigningRequest request, String type) {
    return conditions(request).stream().anyMatch(condition -> type.equals(condition.getType()));
  }

  private static List<CertificateSigningRequestCondition> conditions(
      CertificateSigningRequest request) {
    return request.getStatus() == null || request.getStatus().getConditions() == null
        ? List.of()
        : request.getStatus().getConditions();
  }
}
