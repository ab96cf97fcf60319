package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.operator.apply.ForeignObjectException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Writes to many objects, a few at a time. */
final class Parallel {
  private static final int AT_ONCE = 8;

  private Parallel() {}

  /** One write. */
  @FunctionalInterface
  interface Task<T> {
    void accept(T item) throws ForeignObjectException;
  }

  /**
   * Does it to each. After a failure no further one is begun.
   *
   * @throws KubernetesClientException the first failure
   */
  static <T> void each(Collection<T> items, Task<T> task) throws ForeignObjectException {
    if (items.isEmpty()) {
      return;
    }
    Queue<T> left = new ConcurrentLinkedQueue<>(items);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> workers =
          IntStream.range(0, Math.min(AT_ONCE, items.size()))
              .mapToObj(worker -> executor.submit(() -> work(left, task)))
              .toList();
      for (Future<Boolean> worker : workers) {
        await(worker);
      }
    }
  }

  private static <T> boolean work(Queue<T> left, Task<T> task) throws ForeignObjectException {
    boolean done = false;
    try {
      for (T item = left.poll(); item != null; item = left.poll()) {
        task.accept(item);
      }
      done = true;
    } finally {
      if (!done) {
        left.clear();
      }
    }
    return done;
  }

  private static void await(Future<Boolean> worker) throws ForeignObjectException {
    try {
      worker.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ForeignObjectException foreign) {
        throw foreign;
      } else if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
