package dev.ovenbird.e2e.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A kubeconfig file with one context, in JSON (which is YAML), all certificates inside. */
public final class Kubeconfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Kubeconfig() {}

  /** The fields of a kubeconfig's {@code user} for a client certificate. */
  public static Map<String, Object> certificate(ControlPlanePki.Identity identity) {
    return Map.of(
        "client-certificate-data",
        base64(identity.certificate()),
        "client-key-data",
        base64(identity.key()));
  }

  static Map<String, Object> token(String token) {
    return Map.of("token", token);
  }

  /**
   * Writes the file.
   *
   * @param authority the API server's CA as PEM; none if the system's CAs vouch for it
   */
  public static Path write(
      Path file, String server, @Nullable String authority, Map<String, Object> user) {
    Map<String, Object> cluster =
        authority == null
            ? Map.of("server", server)
            : Map.of("server", server, "certificate-authority-data", base64(authority));
    Map<String, Object> config =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Config",
            "clusters",
            List.of(Map.of("name", "k", "cluster", cluster)),
            "users",
            List.of(Map.of("name", "u", "user", user)),
            "contexts",
            List.of(Map.of("name", "c", "context", Map.of("cluster", "k", "user", "u"))),
            "current-context",
            "c");
    try {
      return Files.writeString(file, JSON.writeValueAsString(config));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
