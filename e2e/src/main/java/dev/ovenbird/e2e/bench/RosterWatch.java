package dev.ovenbird.e2e.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.Roster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Sees what the roster shards say of each client, and when they began to. */
final class RosterWatch implements AutoCloseable {
  private static final String KEY = "roster.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Watch watch;
  private final Map<String, Boolean> suspended = new ConcurrentHashMap<>();
  private final Object changed = new Object();

  RosterWatch(KubernetesClient client, String agentsNamespace) {
    watch =
        client
            .configMaps()
            .inNamespace(agentsNamespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, ConfigMap map) {
                    see(map);
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                });
  }

  private void see(ConfigMap map) {
    String json = map.getData() == null ? null : map.getData().get(KEY);
    if (json == null) {
      return;
    }
    try {
      for (Roster.Entry entry : JSON.readValue(json, Roster.class).clients()) {
        suspended.put(entry.uid(), entry.suspended());
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "a roster shard is no Roster: " + map.getMetadata().getName(), e);
    }
    synchronized (changed) {
      changed.notifyAll();
    }
  }

  /** How many clients are in the shards. */
  int clients() {
    return suspended.size();
  }

  /** Waits until the roster says it of the client. */
  void await(String clientUid, boolean isSuspended, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (changed) {
      while (!Boolean.valueOf(isSuspended).equals(suspended.get(clientUid))) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IllegalStateException(
              "after " + limit.toSeconds() + " s no roster shard says suspended: " + isSuspended);
        }
        try {
          changed.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted", e);
        }
      }
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
