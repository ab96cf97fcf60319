package dev.ovenbird.app.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a certificate that is good: gets the first, the next at two thirds of its life, and one at
 * once when there is a newer authority.
 */
final class CertificateKeeper implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeper.class);
  private static final long LOOK_SECONDS = 60;

  /** The operator refuses more than ten requests in ten minutes. */
  private static final long FIRST_RETRY_MILLIS = 1000;

  private static final long MAX_RETRY_MILLIS = 300_000;

  private final CertificateDesk desk;
  private final Consumer<Identity> got;
  private final RandomGenerator random;
  private final Backoff backoff;
  private final Semaphore wake = new Semaphore(0);
  private volatile @Nullable Identity current;
  private volatile List<X509Certificate> authorities = List.of();
  private volatile @Nullable String problem;
  private @Nullable List<X509Certificate> known;
  private double spread;

  /**
   * @param current the certificate that is in use, null if there is none
   * @param got takes a new one over
   */
  CertificateKeeper(
      CertificateDesk desk,
      @Nullable Identity current,
      Consumer<Identity> got,
      RandomGenerator random) {
    this.desk = desk;
    this.current = current;
    this.got = got;
    this.random = random;
    backoff = new Backoff(FIRST_RETRY_MILLIS, MAX_RETRY_MILLIS, random);
    spread = random.nextDouble();
  }

  /** Authorities as they now are, newest first. */
  void authorities(List<X509Certificate> now) {
    authorities = now;
    wake.release();
  }

  /** Why there is none, for people; null if nothing is known. */
  @Nullable String problem() {
    return problem;
  }

  @Override
  public void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        String cause = cause(Instant.now());
        if (cause == null) {
          backoff.succeeded();
          if (wake.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS)) {
            wake.drainPermits();
          }
        } else {
          get(cause);
          if (cause(Instant.now()) != null) {
            TimeUnit.MILLISECONDS.sleep(backoff.failed());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why a certificate is to be asked for now; null if none is. */
  private @Nullable String cause(Instant now) {
    Identity identity = current;
    if (identity == null) {
      return "there is none";
    }
    Instant due =
        Renewal.due(
            identity.leaf().getNotBefore().toInstant(),
            identity.leaf().getNotAfter().toInstant(),
            spread);
    if (!now.isBefore(due)) {
      return "two thirds of its time are over";
    }
    return Renewal.isOutdated(identity, authorities, known) ? "the authority is new" : null;
  }

  private void get(String cause) throws InterruptedException {
    List<X509Certificate> before = authorities;
    try {
      Identity identity = desk.get();
      current = identity;
      known = before;
      spread = random.nextDouble();
      problem = null;
      got.accept(identity);
      LOG.atInfo()
          .setMessage("Got a certificate")
          .addKeyValue("because", cause)
          .addKeyValue("serial", identity.leaf().getSerialNumber().toString(16))
          .addKeyValue(
              "days",
              Duration.between(Instant.now(), identity.leaf().getNotAfter().toInstant()).toDays())
          .log();
    } catch (CertificateDesk.RefusedException e) {
      failed(String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      failed(NamedWatch.reason(e));
    } catch (RuntimeException e) {
      // Without this thread the certificate would end one day.
      failed(e.toString());
    }
  }

  private void failed(String why) {
    if (!why.equals(problem)) {
      LOG.atError()
          .setMessage("No certificate, trying again")
          .addKeyValue("instance", desk.instance())
          .addKeyValue("why", why)
          .log();
    }
    problem = why;
  }
}
