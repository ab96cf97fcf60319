package dev.ovenbird.app.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The API server as the pod's ServiceAccount sees it. */
final class ApiClient {
  private static final int CONNECT_MILLIS = 5000;
  private static final int REQUEST_MILLIS = 10_000;

  private ApiClient() {}

  /** Makes a client; nothing is asked yet. */
  static KubernetesClient open(ClusterEnvironment environment) {
    Path token = environment.account().resolve("token");
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(environment.apiServer())
            .withCaCertFile(environment.account().resolve("ca.crt").toString())
            // The kubelet replaces it every hour.
            .withOauthTokenProvider(() -> read(token))
            .withNamespace(environment.agentsNamespace())
            .withConnectionTimeout(CONNECT_MILLIS)
            .withRequestTimeout(REQUEST_MILLIS)
            // Attempts are ours: each has its own pace.
            .withRequestRetryBackoffLimit(0)
            .withWatchReconnectLimit(0)
            .withOnlyHttpWatches(true)
            // One HTTP/2 connection that died unseen would hold every request up for a quarter of
            // an hour; an HTTP/1.1 request that is given up closes its connection.
            .withHttp2Disable(true)
            .withUserAgent("ovenbird-agent")
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  private static String read(Path token) {
    try {
      return Files.readString(token).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + token, e);
    }
  }
}
