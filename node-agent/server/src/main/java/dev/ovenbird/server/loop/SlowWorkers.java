package dev.ovenbird.server.loop;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A few threads of low priority for what would hold up packets, with a bounded queue. */
public final class SlowWorkers implements AutoCloseable {
  private final ThreadPoolExecutor threads;

  /**
   * @param name of the threads
   * @param queue tasks that may wait
   */
  public SlowWorkers(String name, int count, int queue) {
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              thread.setPriority(Thread.MIN_PRIORITY);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a task on one of the threads.
   *
   * @return false if too many wait, or after close
   */
  public boolean submit(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  /** Forgets what waits, and waits for what runs: it may use memory that is freed next. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      threads.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
