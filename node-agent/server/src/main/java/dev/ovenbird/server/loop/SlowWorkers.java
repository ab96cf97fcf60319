package dev.ovenbird.server.loop;

import dev.ovenbird.linux.process.NiceLevel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A few threads of low priority for what would hold up packets, with a bounded queue. */
public final class SlowWorkers implements AutoCloseable {
  /** A tenth of the event loop's share where both want the same core. */
  public static final int NICE = 10;

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
              Thread thread = new Thread(() -> runNicely(task), name);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Runs work with the priority of these threads. */
  public static void runNicely(Runnable work) {
    // Where the kernel refuses, handshakes compete with packets but all works.
    NiceLevel.setForCurrentThread(NICE);
    work.run();
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
