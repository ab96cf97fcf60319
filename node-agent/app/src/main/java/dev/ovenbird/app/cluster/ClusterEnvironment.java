package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.server.route.Cidr;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the DaemonSet tells an agent. The agent derives no names.
 *
 * @param node name of the node
 * @param agentsNamespace where its objects are
 * @param serverName CN of the certificate
 * @param lane index of the instance on its node
 * @param configMap has {@code instance.json}
 * @param rosterPrefix with a shard's number: a ConfigMap that has {@code roster.json}
 * @param keysSecret has the tls-crypt-v2 keys and the clients' CAs
 * @param host the node's own address, as Kubernetes has it
 * @param instance name of the VpnInstance
 * @param stateFolder the node's, survives the pod
 * @param controlSocket the pod's own
 * @param apiServer {@code https://host:port}
 * @param account folder of the projected token and CA
 */
public record ClusterEnvironment(
    String node,
    String host,
    String agentsNamespace,
    String clusterUid,
    String serverName,
    int lane,
    String configMap,
    String rosterPrefix,
    int rosterShards,
    String keysSecret,
    String instance,
    Path stateFolder,
    Path controlSocket,
    String apiServer,
    Path account) {
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
  private static final int MAX_LANE = 63;
  private static final int MAX_SHARDS = 16;

  /** Reads it from environment variables; the error names every one that is missing or wrong. */
  public static ClusterEnvironment read(Map<String, String> variables) throws ConfigException {
    Reader reader = new Reader(variables);
    ClusterEnvironment read =
        new ClusterEnvironment(
            reader.name("NODE_NAME"),
            reader.address("HOST_IP"),
            reader.name("OVENBIRD_AGENTS_NAMESPACE"),
            reader.uid("OVENBIRD_CLUSTER_UID"),
            reader.name("OVENBIRD_SERVER_NAME"),
            reader.number("OVENBIRD_LANE", 0, MAX_LANE),
            reader.name("OVENBIRD_CONFIG_MAP"),
            reader.name("OVENBIRD_ROSTER_PREFIX"),
            reader.number("OVENBIRD_ROSTER_SHARDS", 1, MAX_SHARDS),
            reader.name("OVENBIRD_KEYS_SECRET"),
            reader.name("OVENBIRD_INSTANCE"),
            reader.path("OVENBIRD_STATE_FOLDER"),
            reader.path("OVENBIRD_CONTROL_SOCKET"),
            reader.server(),
            ACCOUNT);
    reader.finish();
    return read;
  }

  /** The URI in the certificate that says which instance this is. */
  String uri() {
    return "urn:ovenbird:" + clusterUid + ":instance:" + node + ":" + lane;
  }

  private static final class Reader {
    private final Map<String, String> variables;
    private final List<String> problems = new ArrayList<>();

    Reader(Map<String, String> variables) {
      this.variables = variables;
    }

    private String text(String name) {
      String value = variables.getOrDefault(name, "");
      if (value.isBlank()) {
        problems.add(name + " is not set");
        return "";
      }
      return value;
    }

    String name(String name) {
      String value = text(name);
      // Names of objects, and their beginnings.
      if (!value.isEmpty() && !value.matches("[a-z0-9]([a-z0-9.-]{0,251})")) {
        problems.add(name + " '" + shortened(value) + "' is no name of an object");
      }
      return value;
    }

    String uid(String name) {
      String value = text(name);
      try {
        if (!value.isEmpty() && !UUID.fromString(value).toString().equals(value)) {
          problems.add(name + " '" + shortened(value) + "' is no lower-case UUID");
        }
      } catch (IllegalArgumentException e) {
        problems.add(name + " '" + shortened(value) + "' is no UUID");
      }
      return value;
    }

    String address(String name) {
      String value = text(name);
      try {
        if (!value.isEmpty()) {
          Cidr.parse(value);
        }
      } catch (IllegalArgumentException e) {
        problems.add(name + " '" + shortened(value) + "' is no IP address");
      }
      return value;
    }

    int number(String name, int low, int high) {
      String value = text(name);
      if (value.matches("[0-9]{1,6}")) {
        int number = Integer.parseInt(value);
        if (number >= low && number <= high) {
          return number;
        }
      }
      if (!value.isEmpty()) {
        problems.add(name + " '" + shortened(value) + "' is not " + low + " to " + high);
      }
      return low;
    }

    Path path(String name) {
      String value = text(name);
      if (!value.isEmpty() && !value.startsWith("/")) {
        problems.add(name + " '" + shortened(value) + "' is no absolute path");
      }
      return Path.of(value.startsWith("/") ? value : "/");
    }

    String server() {
      String host = text("KUBERNETES_SERVICE_HOST");
      int port = number("KUBERNETES_SERVICE_PORT", 1, 65535);
      return "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    void finish() throws ConfigException {
      if (!problems.isEmpty()) {
        throw new ConfigException(
            "environment: "
                + String.join(", ", problems)
                + "; --cluster is for pods of the operator's DaemonSets, which set these");
      }
    }

    private static String shortened(String value) {
      return value.length() <= 80 ? value : value.substring(0, 80) + "…";
    }
  }
}
