package dev.ovenbird.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.config.ConfigException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterEnvironmentTest {
  private static Map<String, String> good() {
    Map<String, String> good = new HashMap<>();
    good.put("NODE_NAME", "node1");
    good.put("HOST_IP", "192.0.2.7");
    good.put("OVENBIRD_AGENTS_NAMESPACE", "ovenbird-agents");
    good.put("OVENBIRD_CLUSTER_UID", "0b8f0c1e-7d3a-4c55-9e2b-3f6f1a2b3c4d");
    good.put("OVENBIRD_SERVER_NAME", "ovenbird-0b8f0c1e7d3a4c55");
    good.put("OVENBIRD_LANE", "1");
    good.put("OVENBIRD_CONFIG_MAP", "ovb-0b8f0c1e-config-1");
    good.put("OVENBIRD_ROSTER_PREFIX", "ovb-0b8f0c1e-roster-");
    good.put("OVENBIRD_ROSTER_SHARDS", "16");
    good.put("OVENBIRD_KEYS_SECRET", "ovb-0b8f0c1e-keys");
    good.put("OVENBIRD_INSTANCE", "vpn.office.1.node1");
    good.put("OVENBIRD_STATE_FOLDER", "/run/ovenbird/state");
    good.put("OVENBIRD_CONTROL_SOCKET", "/run/ovenbird/pod/control.sock");
    good.put("KUBERNETES_SERVICE_HOST", "fd00:96::1");
    good.put("KUBERNETES_SERVICE_PORT", "443");
    return good;
  }

  @Test
  void the_daemon_sets_environment_is_read() throws Exception {
    ClusterEnvironment read = ClusterEnvironment.read(good());
    assertThat(read.apiServer()).isEqualTo("https://[fd00:96::1]:443");
    assertThat(read.uri())
        .isEqualTo("urn:ovenbird:0b8f0c1e-7d3a-4c55-9e2b-3f6f1a2b3c4d:instance:node1:1");
  }

  @Test
  void all_that_is_wrong_is_one_message() {
    Map<String, String> bad = good();
    bad.remove("NODE_NAME");
    bad.put("HOST_IP", "gateway-1");
    bad.put("OVENBIRD_LANE", "64");
    bad.put("OVENBIRD_CLUSTER_UID", "office");
    bad.put("OVENBIRD_ROSTER_SHARDS", "many");
    bad.put("OVENBIRD_STATE_FOLDER", "state");
    assertThatThrownBy(() -> ClusterEnvironment.read(bad))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(
            "NODE_NAME is not set",
            "HOST_IP 'gateway-1' is no IP address",
            "OVENBIRD_LANE '64' is not 0 to 63",
            "OVENBIRD_CLUSTER_UID 'office' is no UUID",
            "OVENBIRD_ROSTER_SHARDS 'many'",
            "OVENBIRD_STATE_FOLDER 'state' is no absolute path");
  }
}
