package dev.ovenbird.app.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one object by its name for ever: first what it is, then each change. An object that is
 * deleted is not told of. The API server is asked to end a watch after a few minutes, so that one
 * whose connection died unseen ends as well.
 */
final class NamedWatch<T extends HasMetadata> implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedWatch.class);
  private static final long MIN_SECONDS = 240;
  private static final long SPREAD_SECONDS = 120;
  private static final long GRACE_SECONDS = 30;
  private static final long STEADY_MILLIS = 500;
  private static final long FIRST_RETRY_MILLIS = 250;
  private static final long MAX_RETRY_MILLIS = 5_000;

  /** A watch that lived so long was no failure: the next one need not wait. */
  private static final long LASTED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String what;
  private final Resource<T> object;
  private final Consumer<T> changed;
  private final RandomGenerator random;
  private final Backoff backoff;
  private volatile @Nullable String version;
  private volatile @Nullable String problem = "was not seen yet";
  private boolean said;

  /**
   * @param what kind and name, for the log
   * @param object this one alone
   * @param changed called on threads of the client, one at a time
   */
  NamedWatch(String what, Resource<T> object, Consumer<T> changed, RandomGenerator random) {
    this.what = what;
    this.object = object;
    this.changed = changed;
    this.random = random;
    backoff = new Backoff(FIRST_RETRY_MILLIS, MAX_RETRY_MILLIS, random);
  }

  /** Why nothing has come yet; null if something has. */
  @Nullable String problem() {
    return problem == null ? null : what + " " + problem;
  }

  @Override
  public void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long began = System.nanoTime();
        String failure = once();
        if (failure != null) {
          failed(failure);
        }
        if (System.nanoTime() - began > LASTED_NANOS) {
          backoff.succeeded();
        }
        TimeUnit.MILLISECONDS.sleep(backoff.failed());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One watch until its end; what went wrong, or null if it was just over. */
  private @Nullable String once() throws InterruptedException {
    long seconds = MIN_SECONDS + random.nextLong(SPREAD_SECONDS);
    One one = new One();
    ListOptions options =
        new ListOptionsBuilder()
            .withResourceVersion(version)
            .withAllowWatchBookmarks(true)
            .withTimeoutSeconds(seconds)
            .build();
    Watch watch = null;
    try {
      watch = object.watch(options, one);
      if (one.ended.await(STEADY_MILLIS, TimeUnit.MILLISECONDS)) {
        // The client doesn't tell why a watch could not begin; a read does.
        if (object.get() == null) {
          recovered();
        }
        return one.failure;
      }
      recovered();
      boolean ended = one.ended.await(seconds + GRACE_SECONDS, TimeUnit.SECONDS);
      return ended ? one.failure : "has been silent for " + (seconds + GRACE_SECONDS) + " s";
    } catch (KubernetesClientException e) {
      return reason(e);
    } finally {
      if (watch != null) {
        watch.close();
      }
    }
  }

  private final class One implements Watcher<T> {
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable String failure;

    @Override
    public void eventReceived(Action action, T object) {
      if (action == Action.ERROR) {
        return;
      }
      version = object.getMetadata().getResourceVersion();
      if (action == Action.ADDED || action == Action.MODIFIED) {
        problem = null;
        changed.accept(object);
      } else if (action == Action.DELETED) {
        LOG.atWarn().setMessage(what + " was deleted; what it last said stays").log();
      }
    }

    @Override
    public void onClose() {
      ended.countDown();
    }

    @Override
    public void onClose(WatcherException cause) {
      if (cause.isHttpGone()) {
        version = null; // Too long ago to go on from: begin with what it is now.
      }
      // The limit of reconnects is ours: a watch that was just over says so as well.
      Throwable why = cause.getCause();
      failure = why == null ? null : ApiErrors.oneLine(why.getMessage());
      ended.countDown();
    }
  }

  private void failed(String failure) {
    if (problem != null) {
      problem = failure;
    }
    if (!said) {
      said = true;
      LOG.atWarn()
          .setMessage("Cannot watch " + what + ", trying again")
          .addKeyValue("why", failure)
          .log();
    }
  }

  private void recovered() {
    if (said) {
      said = false;
      LOG.atInfo().setMessage("Watching " + what + " again").log();
    }
    if (problem != null) {
      problem = "is not there";
    }
  }

  static String reason(KubernetesClientException e) {
    String text = ApiErrors.text(e);
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
        ? text + "; the operator's Role for agents allows it: is it there?"
        : text;
  }
}
