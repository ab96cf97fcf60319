package dev.ovenbird.server;

import dev.ovenbird.linux.clock.BootClock;
import dev.ovenbird.protocol.session.AuthenticationTask;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.metric.Metrics;
import io.netty.channel.IoEventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** An endpoint's slow tasks: to a worker, and back to the event loop, to which this is confined. */
final class SlowTasks {
  private final SlowWorkers workers;
  private final SlowWorkers askers;
  private final IoEventLoop loop;
  private final Metrics metrics;
  private final BiConsumer<SlowTask, @Nullable RuntimeException> onCompleted;
  private int running;
  private Runnable whenQuiet = () -> {};

  /**
   * @param askers for questions to an authenticator, which may wait for another program
   * @param onCompleted takes every task that has run, with what it threw
   */
  SlowTasks(
      SlowWorkers workers,
      SlowWorkers askers,
      IoEventLoop loop,
      Metrics metrics,
      BiConsumer<SlowTask, @Nullable RuntimeException> onCompleted) {
    this.workers = workers;
    this.askers = askers;
    this.loop = loop;
    this.metrics = metrics;
    this.onCompleted = onCompleted;
  }

  void submit(SlowTask task, long bootNanos) {
    running++;
    SlowWorkers threads = task instanceof AuthenticationTask ? askers : workers;
    if (!threads.submit(() -> run(task, bootNanos))) {
      metrics.dropped(DropReason.QUEUE_FULL);
      task.abandon();
      handBack(task, null);
    }
  }

  /** On a worker thread. */
  private void run(SlowTask task, long queued) {
    long started = BootClock.bootNanos();
    @Nullable RuntimeException defect = null;
    try {
      task.run();
    } catch (RuntimeException e) {
      defect = e;
      metrics.slowTaskFailed();
    }
    metrics.slowTask(started - queued, BootClock.bootNanos() - started);
    handBack(task, defect);
  }

  private void handBack(SlowTask task, @Nullable RuntimeException thrown) {
    try {
      loop.execute(() -> completed(task, thrown));
    } catch (RejectedExecutionException stopping) {
      // Nobody waits for the result any more.
    }
  }

  private void completed(SlowTask task, @Nullable RuntimeException thrown) {
    running--;
    onCompleted.accept(task, thrown);
    if (running == 0) {
      whenQuiet.run();
    }
  }

  /** Calls back when none runs, and all that they caused has gone out. */
  void whenQuiet(Runnable quiet) {
    whenQuiet = quiet;
    if (running == 0) {
      quiet.run();
    }
  }
}
