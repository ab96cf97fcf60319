package dev.ovenbird.e2e.kubernetes;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Starts a component again whenever it has ended, as a kubelet would. */
public final class KeptRunning implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Component component;
  private final ScheduledExecutorService watching =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("kept-running").daemon().factory());

  /**
   * @param component runs already; whoever started it closes it, after this
   */
  public KeptRunning(Component component) {
    this.component = component;
    watching.scheduleWithFixedDelay(
        () -> {
          if (!component.isAlive()) {
            component.start();
          }
        },
        PAUSE.toMillis(),
        PAUSE.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  public boolean isAlive() {
    return component.isAlive();
  }

  @Override
  public void close() {
    watching.close();
  }
}
