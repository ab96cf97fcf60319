package dev.ovenbird.e2e.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The API server's own record of what the ServiceAccounts of a namespace write. */
public final class WriteAudit {
  /** How the kinds of leases' writes end. */
  public static final String LEASES = " leases";

  private static final String TOKEN = "authentication.kubernetes.io/credential-id";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path policy;
  private final Path log;

  /**
   * @param folder where the policy is written and the API server writes its log
   */
  public WriteAudit(Path folder, String namespace) {
    policy = folder.resolve("audit-policy.yaml");
    log = folder.resolve("audit.log");
    try {
      Files.writeString(
          policy,
          """
          apiVersion: audit.k8s.io/v1
          kind: Policy
          omitStages: [RequestReceived]
          rules:
            # Questions about one's own rights are creations, too.
            - {level: None, resources: [{group: authorization.k8s.io}, {group: authentication.k8s.io}]}
            - {level: Metadata, userGroups: ["system:serviceaccounts:%s"], verbs: [create, update, patch, delete, deletecollection]}
            - {level: None}
          """
              .formatted(namespace));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Flags of the API server that is audited. */
  public String[] flags() {
    return new String[] {"--audit-policy-file=" + policy, "--audit-log-path=" + log};
  }

  /** How many writes there were so far, by verb and resource: {@code patch vpninstances/status}. */
  public Map<String, Long> writes() {
    return count(WriteAudit::kind);
  }

  /**
   * How many writes each token made so far, those of leases left out: every replica has a token of
   * its own.
   */
  public Map<String, Long> writesByToken() {
    return count(
        event ->
            kind(event).endsWith(LEASES)
                ? ""
                : event.path("user").path("extra").path(TOKEN).path(0).asText());
  }

  private Map<String, Long> count(Function<JsonNode, String> key) {
    Map<String, Long> counts = new TreeMap<>();
    if (!Files.exists(log)) {
      return counts;
    }
    try (Stream<String> lines = Files.lines(log)) {
      lines.forEach(line -> counts.merge(key.apply(parse(line)), 1L, Long::sum));
      counts.remove("");
      return counts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What came to {@code before} since then. */
  public static Map<String, Long> difference(Map<String, Long> before, Map<String, Long> after) {
    Map<String, Long> more = new TreeMap<>();
    after.forEach(
        (kind, count) -> {
          long added = count - before.getOrDefault(kind, 0L);
          if (added > 0) {
            more.put(kind, added);
          }
        });
    return more;
  }

  private static String kind(JsonNode event) {
    JsonNode object = event.path("objectRef");
    if (object.isMissingNode()) {
      return "";
    }
    String sub = object.path("subresource").asText();
    return event.path("verb").asText()
        + " "
        + object.path("resource").asText()
        + (sub.isEmpty() ? "" : "/" + sub);
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      // The line that is being written now.
      return MissingNode.getInstance();
    }
  }
}
