package dev.ovenbird.app.cluster;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Gets certificates by the Kubernetes CSR API, where the operator signs. */
final class CertificateDesk {
  private static final String SIGNER = "ovenbird.dev/instance";
  private static final List<String> USAGES =
      List.of("digital signature", "server auth", "client auth");
  private static final long FIRST_LOOK_MILLIS = 20;
  private static final long MAX_LOOK_MILLIS = 2000;

  /** An operator that is away decides when it is back; a request lives for a day. */
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final KubernetesClient client;
  private final ClusterEnvironment environment;

  CertificateDesk(KubernetesClient client, ClusterEnvironment environment) {
    this.client = client;
    this.environment = environment;
  }

  /** It was said no, or what came is no good; the message is for people. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  /** Who asks, for the log. */
  String instance() {
    return environment.uri();
  }

  /** Asks for one with a new key and waits for the answer. */
  Identity get() throws RefusedException, InterruptedException {
    SigningRequest request = SigningRequest.make(environment.serverName(), environment.uri());
    String name = create(request);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    for (long wait = FIRST_LOOK_MILLIS; System.nanoTime() < deadline; ) {
      TimeUnit.MILLISECONDS.sleep(wait);
      wait = Math.min(wait + wait / 2, MAX_LOOK_MILLIS);
      CertificateSigningRequest answer =
          client.certificates().v1().certificateSigningRequests().withName(name).get();
      if (answer == null) {
        throw new RefusedException("CertificateSigningRequest " + name + " was deleted");
      }
      CertificateSigningRequestStatus status = answer.getStatus();
      if (status == null) {
        continue;
      }
      refusal(name, status);
      if (status.getCertificate() != null && !status.getCertificate().isEmpty()) {
        return identity(name, request, status.getCertificate());
      }
    }
    throw new RefusedException(
        "nobody has decided on CertificateSigningRequest "
            + name
            + " for 10 minutes; does the operator run?");
  }

  private String create(SigningRequest request) throws RefusedException {
    try {
      return client
          .resource(
              new CertificateSigningRequestBuilder()
                  .withNewMetadata()
                  .withGenerateName("ovenbird-" + environment.lane() + "-")
                  .endMetadata()
                  .withNewSpec()
                  .withSignerName(SIGNER)
                  .withUsages(USAGES)
                  .withRequest(
                      Base64.getEncoder()
                          .encodeToString(request.pem().getBytes(StandardCharsets.US_ASCII)))
                  .endSpec()
                  .build())
          .create()
          .getMetadata()
          .getName();
    } catch (KubernetesClientException e) {
      if (e.getCode() >= 400 && e.getCode() < 500) {
        throw new RefusedException(NamedWatch.reason(e));
      }
      throw e;
    }
  }

  private static void refusal(String name, CertificateSigningRequestStatus status)
      throws RefusedException {
    if (status.getConditions() == null) {
      return;
    }
    for (CertificateSigningRequestCondition condition : status.getConditions()) {
      if (condition.getType().equals("Denied") || condition.getType().equals("Failed")) {
        throw new RefusedException(
            "CertificateSigningRequest "
                + name
                + " was refused ("
                + condition.getReason()
                + "): "
                + ApiErrors.oneLine(condition.getMessage()));
      }
    }
  }

  private Identity identity(String name, SigningRequest request, String base64)
      throws RefusedException {
    String pem = new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    try {
      List<X509Certificate> chain = Identity.certificates(pem);
      Identity identity = new Identity(chain, request.keys().getPrivate());
      if (identity.isFor(request.keys().getPublic())
          && identity.isOf(environment.uri(), Instant.now())) {
        return identity;
      }
    } catch (GeneralSecurityException e) {
      throw new RefusedException(
          "the certificate of CertificateSigningRequest " + name + " cannot be read: " + e);
    }
    throw new RefusedException(
        "the certificate of CertificateSigningRequest "
            + name
            + " is another key's or instance's; see who may write"
            + " certificatesigningrequests/status");
  }
}
