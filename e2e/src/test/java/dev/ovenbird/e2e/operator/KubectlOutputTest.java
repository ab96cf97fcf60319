package dev.ovenbird.e2e.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeAgents;
import dev.ovenbird.e2e.kubernetes.FakeNode;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.process.EmbeddedOperator;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Run with -Dovenbird.update=true to write docs/kubectl.md anew. */
class KubectlOutputTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final OperatorSettings SETTINGS =
      new OperatorSettings("ovenbird-system", "ovenbird-agents", "registry.invalid/agent:1");
  private static final Set<String> AGES = Set.of("AGE", "LASTCONNECTED");
  private static final String RESOURCES =
      """
      apiVersion: ovenbird.dev/v1alpha1
      kind: VpnCluster
      metadata: {name: office, namespace: vpn}
      spec:
        networkCIDRs: [10.88.0.0/16]
        instances: {perNode: 2}
      ---
      apiVersion: ovenbird.dev/v1alpha1
      kind: VpnClient
      metadata: {name: alice, namespace: vpn}
      spec: {clusterRef: {name: office}}
      ---
      apiVersion: ovenbird.dev/v1alpha1
      kind: VpnClient
      metadata: {name: bob, namespace: vpn}
      spec: {clusterRef: {name: office}, suspend: true, addresses: [10.88.0.10]}
      ---
      apiVersion: ovenbird.dev/v1alpha1
      kind: VpnClient
      metadata: {name: carol, namespace: vpn}
      spec: {clusterRef: {name: offfice}}
      """;
  private static final String LATER =
      """
      apiVersion: ovenbird.dev/v1alpha1
      kind: VpnCluster
      metadata: {name: lab, namespace: vpn}
      spec: {networkCIDRs: [10.99.0.0/16]}
      """;

  @Test
  void kubectl_get_shows_what_the_documentation_shows() throws IOException {
    try (Scope scope = new Scope()) {
      // Of its own: the output has every namespace, and no other test's objects may be in it.
      ControlPlane plane = scope.add(ControlPlane.start());
      plane.installDefinitions();
      for (String name : List.of("vpn", "ovenbird-system", "ovenbird-agents")) {
        plane
            .client()
            .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
            .create();
      }
      FakeNodes nodes = FakeNodes.start(scope, plane);
      for (int i = 1; i <= 3; i++) {
        nodes.add(
            new FakeNode(
                "node-" + i, nodes.labels(), List.of("10.0.0." + i), List.of("198.51.100." + i)));
      }
      FakeAgents agents = FakeAgents.start(scope, plane, "ovenbird-agents", Duration.ofSeconds(1));
      EmbeddedOperator operator =
          scope.add(
              new EmbeddedOperator(
                  OperatorContext.of(
                      plane.client(), SETTINGS, Clock.systemUTC(), new SecureRandom())));
      operator.start();
      apply(plane, RESOURCES);
      awaitLine(plane, "vpn +\\S*/office +True +6 +6 +2 ");
      apply(plane, LATER);
      awaitLine(plane, "vpn +\\S*/lab +False ");
      awaitLine(plane, "vpn +\\S*/alice +office +10\\.88\\.[0-9.]+ +True +True ");
      String alice = value(plane, "vpnclient", "alice", "{.metadata.uid}");
      agents.sessions(
          instance ->
              instance.getMetadata().getName().equals("vpn.office.1.node-2")
                  ? List.of(new VpnInstanceStatus.Session(alice, "alice", "2026-11-22T00:00:00Z"))
                  : List.of());
      awaitLine(plane, "vpn +\\S*/alice +.*node-2");
      awaitLine(plane, "vpn +\\S*/bob +office +10\\.88\\.0\\.10 +False ");
      awaitLine(plane, "vpn +\\S*/carol +offfice +.*False ");

      Map<String, String> outputs = new LinkedHashMap<>();
      for (String command :
          List.of(
              "get vpnclusters,vpninstances,vpnclients -A",
              "get vpnclusters -A -o wide",
              "get vpnclients -n vpn -o wide")) {
        outputs.put(command, withoutAges(kubectl(plane, command.split(" "))));
      }
      Path page = Installation.home().resolve("docs/kubectl.md");
      String text = page(outputs);
      if (Boolean.getBoolean("ovenbird.update")) {
        Files.writeString(page, text);
      }
      assertThat(page).hasContent(text);
    }
  }

  private static String page(Map<String, String> outputs) {
    StringBuilder page =
        new StringBuilder(
            """
            <!-- Written by KubectlOutputTest from a real API server; run it with -Dovenbird.update=true. -->
            # What kubectl shows

            A cluster with two lanes on three nodes; a younger one that wants the same port; three clients: one is
            connected, one is suspended, one names a cluster that isn't there. `kubectl get vpn -A` shows the same three
            kinds.
            """);
    outputs.forEach(
        (command, output) ->
            page.append("\n```console\n$ kubectl ")
                .append(command)
                .append('\n')
                .append(output)
                .append("```\n"));
    return page.toString();
  }

  /** Ages are all that a minute changes; the columns' widths go with them. */
  private static String withoutAges(String output) {
    return Arrays.stream(output.split("\n\n"))
        .map(KubectlOutputTest::tableWithoutAges)
        .collect(Collectors.joining("\n"));
  }

  private static String tableWithoutAges(String table) {
    List<String> lines = table.lines().toList();
    List<MatchResult> headers =
        Pattern.compile("\\S+").matcher(lines.getFirst()).results().toList();
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = new ArrayList<>();
    for (String line : lines) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < headers.size(); i++) {
        int end = i + 1 < headers.size() ? headers.get(i + 1).start() : line.length();
        int start = Math.min(headers.get(i).start(), line.length());
        String cell = line.substring(start, Math.clamp(end, start, line.length())).strip();
        boolean age = AGES.contains(headers.get(i).group()) && !rows.isEmpty() && !cell.isEmpty();
        cells.add(age ? "1m" : cell);
      }
      rows.add(cells);
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        int column = i;
        int width = rows.stream().mapToInt(one -> one.get(column).length()).max().orElse(0);
        line.append(row.get(i)).repeat(" ", width - row.get(i).length() + 3);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static void apply(ControlPlane plane, String yaml) {
    Command.Result result = plane.apply(yaml);
    assertThat(result.status()).as(result.output()).isZero();
  }

  private static void awaitLine(ControlPlane plane, String pattern) {
    Await.until(
        "a line like " + pattern,
        SOON,
        () -> kubectl(plane, "get", "vpnclusters,vpninstances,vpnclients", "-A"),
        output -> output.lines().anyMatch(line -> line.matches(pattern + ".*")));
  }

  private static String value(ControlPlane plane, String kind, String name, String path) {
    return kubectl(plane, "get", kind, name, "-n", "vpn", "-o", "jsonpath=" + path).strip();
  }

  private static String kubectl(ControlPlane plane, String... arguments) {
    Command.Result result = plane.kubectl(arguments);
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }
}
