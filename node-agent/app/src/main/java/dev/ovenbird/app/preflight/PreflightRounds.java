package dev.ovenbird.app.preflight;

import dev.ovenbird.crds.instance.InstanceConfig;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the {@link Preflight} at the start and every few minutes, on a thread of its own. */
public final class PreflightRounds {
  private static final Logger LOG = LoggerFactory.getLogger(PreflightRounds.class);
  private static final long PERIOD_SECONDS = 300;

  /** Lanes of one node have one address to probe from: each has its time. */
  private static final long LANE_SECONDS = 7;

  private final Preflight preflight = new Preflight();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "preflight");
            made.setDaemon(true);
            made.setPriority(Thread.MIN_PRIORITY);
            return made;
          });
  private volatile List<Finding> findings = List.of();
  private volatile @Nullable Supplier<InstanceConfig> config;
  private volatile @Nullable Probe probe;
  private volatile String lastBad = "";

  /** Checks what every instance needs. */
  public void start() {
    thread.execute(this::round);
  }

  /** From now on checks for an instance that serves, with its configuration of the time. */
  public void serving(Supplier<InstanceConfig> served, Probe by) {
    config = served;
    probe = by;
    thread.execute(this::round);
    thread.scheduleWithFixedDelay(
        this::round,
        PERIOD_SECONDS + LANE_SECONDS * (served.get().lane() % 32),
        PERIOD_SECONDS,
        TimeUnit.SECONDS);
  }

  /** What the last round found; empty before the first. */
  public List<Finding> findings() {
    return findings;
  }

  private void round() {
    try {
      Supplier<InstanceConfig> served = config;
      findings = preflight.run(served == null ? null : served.get(), probe);
      tell();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("Preflight failed");
    }
  }

  /** A line for people, once for each change. */
  private void tell() {
    String bad =
        findings.stream()
            .filter(finding -> finding.state() == Finding.State.Bad)
            .map(finding -> finding.type() + ": " + finding.message())
            .collect(Collectors.joining("; "));
    if (!bad.equals(lastBad)) {
      lastBad = bad;
      if (bad.isEmpty()) {
        LOG.info("Preflight: this node has what an instance needs");
      } else {
        LOG.warn("Preflight: {}", bad);
      }
    }
  }
}
