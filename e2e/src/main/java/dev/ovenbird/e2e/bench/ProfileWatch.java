package dev.ovenbird.e2e.bench;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Sees profiles come and change; of each only its name is kept. */
final class ProfileWatch implements AutoCloseable {
  private static final String PROFILE = "client.ovpn";

  private final Watch watch;
  private final Set<String> complete = ConcurrentHashMap.newKeySet();
  private final Set<String> containing = ConcurrentHashMap.newKeySet();
  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String wanted;
  private volatile long lastNanos = System.nanoTime();
  private volatile @Nullable String broken;

  ProfileWatch(KubernetesClient client, String namespace) {
    watch =
        client
            .secrets()
            .inNamespace(namespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, Secret secret) {
                    see(action, secret);
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    broken = String.valueOf(cause.getMessage());
                  }
                });
  }

  private void see(Watcher.Action action, Secret secret) {
    String profile = secret.getData() == null ? null : secret.getData().get(PROFILE);
    if (profile == null || action == Watcher.Action.DELETED) {
      return;
    }
    lastNanos = System.nanoTime();
    String name = secret.getMetadata().getName();
    complete.add(name);
    changed.add(name);
    String text = wanted;
    if (text != null
        && new String(Base64.getDecoder().decode(profile), StandardCharsets.UTF_8).contains(text)) {
      containing.add(name);
    }
  }

  /** How many profiles there are. */
  int complete() {
    check();
    return complete.size();
  }

  /** From here on counts the profiles that change, and those that contain the text. */
  void expect(String text) {
    containing.clear();
    changed.clear();
    wanted = text;
  }

  int containing() {
    check();
    return containing.size();
  }

  int changed() {
    check();
    return changed.size();
  }

  /** Time since the last profile was written. */
  Duration quiet() {
    return Duration.ofNanos(System.nanoTime() - lastNanos);
  }

  private void check() {
    if (broken != null) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "the watch on profiles ended: %s", broken));
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
