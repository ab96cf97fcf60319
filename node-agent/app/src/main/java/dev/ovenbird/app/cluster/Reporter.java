package dev.ovenbird.app.cluster;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the instance's status, and of it only what is the agent's. */
final class Reporter implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
  private static final long LOOK_MILLIS = 1000;
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("ovenbird-agent")
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final Supplier<@Nullable Report> reports;
  private final ReportPace pace;
  private final Semaphore wake = new Semaphore(0);
  private volatile @Nullable VpnInstance instance;
  private @Nullable String uid;
  private @Nullable List<Condition> written;
  private boolean said;

  /**
   * @param reports what there is to say now; null while there is nothing
   */
  Reporter(KubernetesClient client, Supplier<@Nullable Report> reports, RandomGenerator random) {
    this.client = client;
    this.reports = reports;
    pace = new ReportPace(random);
  }

  /** The VpnInstance as it now is. */
  void seen(VpnInstance seen) {
    instance = seen;
    wake();
  }

  /** Something changed that may be urgent. */
  void wake() {
    wake.release();
  }

  @Override
  public void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long wait = Math.min(LOOK_MILLIS, Math.max(1, turnOrSay()));
        if (wake.tryAcquire(wait, TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nobody would hear of the instance any more if this ended. */
  private long turnOrSay() {
    try {
      return turn();
    } catch (RuntimeException e) {
      if (!said) {
        said = true;
        LOG.atError().setMessage("Cannot report, trying again").setCause(e).log();
      }
      return LOOK_MILLIS;
    }
  }

  private long turn() {
    VpnInstance now = instance;
    if (now == null) {
      return LOOK_MILLIS;
    }
    if (!now.getMetadata().getUid().equals(uid)) {
      uid = now.getMetadata().getUid();
      VpnInstanceStatus status = now.getStatus();
      pace.starts(Report.read(status), millis(status));
      written = status == null ? null : status.conditions();
    }
    Report report = reports.get();
    if (report == null) {
      return LOOK_MILLIS;
    }
    long due = pace.due(report, System.currentTimeMillis());
    if (due > 0) {
      return due;
    }
    write(now, report);
    return LOOK_MILLIS;
  }

  private static long millis(@Nullable VpnInstanceStatus status) {
    try {
      return status == null || status.lastReportTime() == null
          ? 0
          : Math.min(
              Instant.parse(status.lastReportTime()).toEpochMilli(), System.currentTimeMillis());
    } catch (java.time.DateTimeException e) {
      return 0;
    }
  }

  private void write(VpnInstance now, Report report) {
    VpnInstanceStatus status =
        report.status(written, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    VpnInstance body = new VpnInstance();
    body.setMetadata(
        new ObjectMetaBuilder()
            .withName(now.getMetadata().getName())
            .withNamespace(now.getMetadata().getNamespace())
            .withUid(now.getMetadata().getUid())
            .build());
    // The API server wants a valid spec and ignores it in a status write.
    body.setSpec(now.getSpec());
    body.setStatus(status);
    try {
      client.resource(body).subresource("status").patch(APPLY);
      pace.wrote(report, System.currentTimeMillis());
      written = status.conditions();
      said = false;
    } catch (KubernetesClientException e) {
      pace.failed(System.currentTimeMillis());
      if (!said) {
        said = true;
        LOG.atWarn()
            .setMessage("Cannot report, trying again")
            .addKeyValue("why", NamedWatch.reason(e))
            .log();
      }
    }
  }
}
