package dev.ovenbird.operator.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ovenbird.operator.plan.kubernetes.AgentPods;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The operator's settings as its pod's environment has them; the chart writes them there. All that
 * is wrong is said at once.
 */
final class EnvironmentSettings {
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})(s|m|h)");

  private final Map<String, String> environment;
  private final List<String> wrong = new ArrayList<>();

  private EnvironmentSettings(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @throws IllegalArgumentException naming every variable that cannot be used
   */
  static OperatorSettings read(Map<String, String> environment) {
    return new EnvironmentSettings(environment).read();
  }

  private OperatorSettings read() {
    OperatorSettings settings =
        new OperatorSettings(
            value("POD_NAMESPACE", "ovenbird-system"),
            value("OVENBIRD_AGENTS_NAMESPACE", "ovenbird-agents"),
            pods(),
            duration("OVENBIRD_ENDPOINT_SETTLE", Duration.ofSeconds(5)),
            duration("OVENBIRD_RETIRE_LIMIT", Duration.ofMinutes(5)));
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", wrong));
    }
    return settings;
  }

  private AgentPods pods() {
    String image = value("OVENBIRD_AGENT_IMAGE", "");
    if (image.isEmpty()) {
      wrong.add("OVENBIRD_AGENT_IMAGE is not set; name the agents' image");
    }
    return new AgentPods(
        image,
        value("OVENBIRD_AGENT_PULL_POLICY", "IfNotPresent"),
        Pattern.compile(",")
            .splitAsStream(value("OVENBIRD_AGENT_PULL_SECRETS", ""))
            .filter(name -> !name.isBlank())
            .toList(),
        resources(),
        environment.getOrDefault("OVENBIRD_AGENT_PRIORITY_CLASS", "system-node-critical"));
  }

  private ResourceRequirements resources() {
    String text = value("OVENBIRD_AGENT_RESOURCES", "{}");
    try {
      return JsonMapper.builder().build().readValue(text, ResourceRequirements.class);
    } catch (JsonProcessingException e) {
      wrong.add(
          "OVENBIRD_AGENT_RESOURCES: "
              + e.getOriginalMessage()
              + "; write JSON as {\"requests\": {\"cpu\": \"100m\"}}");
      return new ResourceRequirements();
    }
  }

  private Duration duration(String name, Duration otherwise) {
    String text = value(name, "");
    if (text.isEmpty()) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      wrong.add(name + ": " + text + " is no duration; write it as 30s, 5m or 1h");
      return otherwise;
    }
    return Duration.parse("PT" + matcher.group(1) + matcher.group(2));
  }

  private String value(String name, String otherwise) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? otherwise : value;
  }
}
