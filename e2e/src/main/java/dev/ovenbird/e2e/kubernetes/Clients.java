package dev.ovenbird.e2e.kubernetes;

import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** API clients and kubeconfigs of users with fewer rights. */
final class Clients {
  private static final Duration TOKEN_VALIDITY = Duration.ofHours(6);

  private Clients() {}

  static KubernetesClient of(Path kubeconfig) {
    return build(config(kubeconfig));
  }

  /** One that gives up at the first refusal. */
  static KubernetesClient withoutRetries(Path kubeconfig) {
    return build(config(kubeconfig).withRequestRetryBackoffLimit(0).withRequestTimeout(2_000));
  }

  static KubernetesClient as(
      Path kubeconfig, String user, Map<String, List<String>> extras, String... groups) {
    return build(
        config(kubeconfig)
            .withImpersonateUsername(user)
            .withImpersonateGroups(groups)
            .withImpersonateExtras(extras));
  }

  private static ConfigBuilder config(Path kubeconfig) {
    // HTTP/2 of the JDK fails requests above the server's limit of streams; connections just wait.
    return new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile())).withHttp2Disable(true);
  }

  private static KubernetesClient build(ConfigBuilder config) {
    return new KubernetesClientBuilder()
        .withHttpClientFactory(new JdkHttpClientFactory())
        .withConfig(config.build())
        .build();
  }

  static Path kubeconfigOf(
      KubernetesClient admin, Path folder, String namespace, String serviceAccount) {
    TokenRequest request =
        admin
            .serviceAccounts()
            .inNamespace(namespace)
            .withName(serviceAccount)
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(TOKEN_VALIDITY.toSeconds())
                    .endSpec()
                    .build());
    Config config = admin.getConfiguration();
    return Kubeconfig.write(
        folder.resolve(namespace + "-" + serviceAccount + ".kubeconfig"),
        config.getMasterUrl(),
        authority(config),
        Kubeconfig.token(request.getStatus().getToken()));
  }

  private static @Nullable String authority(Config config) {
    try {
      if (config.getCaCertData() != null) {
        return new String(
            Base64.getDecoder().decode(config.getCaCertData()), StandardCharsets.UTF_8);
      }
      return config.getCaCertFile() == null
          ? null
          : Files.readString(Path.of(config.getCaCertFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
