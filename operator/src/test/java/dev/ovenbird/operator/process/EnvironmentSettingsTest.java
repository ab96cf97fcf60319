package dev.ovenbird.operator.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentSettingsTest {
  @Test
  void the_image_is_enough() {
    OperatorSettings settings =
        EnvironmentSettings.read(Map.of("OVENBIRD_AGENT_IMAGE", "registry.example/agent:1"));
    assertThat(settings)
        .isEqualTo(
            new OperatorSettings("ovenbird-system", "ovenbird-agents", "registry.example/agent:1"));
  }

  @Test
  void everything_that_the_chart_writes_is_read() {
    OperatorSettings settings =
        EnvironmentSettings.read(
            Map.of(
                "POD_NAMESPACE", "op",
                "OVENBIRD_AGENTS_NAMESPACE", "ag",
                "OVENBIRD_AGENT_IMAGE", "i",
                "OVENBIRD_AGENT_PULL_POLICY", "Never",
                "OVENBIRD_AGENT_PULL_SECRETS", "one,two",
                "OVENBIRD_AGENT_RESOURCES", "{\"requests\":{\"cpu\":\"100m\"}}",
                "OVENBIRD_AGENT_PRIORITY_CLASS", "",
                "OVENBIRD_ENDPOINT_SETTLE", "2s",
                "OVENBIRD_RETIRE_LIMIT", "1h"));
    assertThat(settings.operatorNamespace()).isEqualTo("op");
    assertThat(settings.agentsNamespace()).isEqualTo("ag");
    assertThat(settings.endpointSettle()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.retireLimit()).isEqualTo(Duration.ofHours(1));
    assertThat(settings.agentPods().pullPolicy()).isEqualTo("Never");
    assertThat(settings.agentPods().pullSecrets()).containsExactly("one", "two");
    assertThat(settings.agentPods().priorityClass()).isEmpty();
    assertThat(settings.agentPods().resources().getRequests())
        .containsEntry("cpu", new Quantity("100m"));
  }

  @Test
  void all_that_is_wrong_is_said_at_once() {
    assertThatThrownBy(
            () ->
                EnvironmentSettings.read(
                    Map.of(
                        "OVENBIRD_AGENT_RESOURCES", "{", "OVENBIRD_RETIRE_LIMIT", "five minutes")))
        .hasMessageContaining("OVENBIRD_AGENT_IMAGE is not set; name the agents' image")
        .hasMessageContaining("OVENBIRD_AGENT_RESOURCES")
        .hasMessageContaining(
            "OVENBIRD_RETIRE_LIMIT: five minutes is no duration; write it as 30s");
  }
}
