package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.UdpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ovenbird doctor} on a machine that is spoiled, and mended as it says. */
class DoctorTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static Command.Result doctor(Namespace machine, String... arguments) {
    List<String> command = new ArrayList<>(List.of("env"));
    Installation.environment().forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(Installation.command("doctor"));
    command.addAll(Arrays.asList(arguments));
    return machine.attempt(LIMIT, command.toArray(String[]::new));
  }

  @Test
  void what_is_in_the_way_is_named_with_its_remedy_until_it_is_mended() throws Exception {
    try (Scope scope = new Scope()) {
      Namespace machine = Namespace.create(scope, "doctor");
      Path file = TempFolder.create(scope, "ovenbird-doctor").resolve("cluster.yaml");
      Files.writeString(file, GatewayStage.spec().client("alice").yaml());
      machine.run(
          "nft",
          "add table ip filter; add chain ip filter FORWARD"
              + " { type filter hook forward priority 0; policy drop; }");
      UdpSink holder = UdpSink.start(scope, machine, "0.0.0.0", ClusterSpec.UDP_PORT + 1);

      Command.Result spoiled = doctor(machine, "-f", file.toString());
      assertThat(spoiled.status()).as(spoiled.output()).isEqualTo(1);
      assertThat(spoiled.output())
          .containsPattern("BAD +ForwardPolicy .*ip filter FORWARD.*nft insert rule")
          .containsPattern("BAD +PortsFree .*UDP port 1195 is held by java \\(process [0-9]+\\)")
          .containsPattern("ok +TunUsable ")
          .contains("2 to mend");

      machine.run("nft", "delete table ip filter");
      holder.close();
      Command.Result mended = doctor(machine, "-f", file.toString());
      assertThat(mended.status()).as(mended.output()).isZero();
      assertThat(mended.output()).contains("Nothing is in the way");
      System.out.print(mended.output());
    }
  }

  @Test
  void a_file_with_a_mistake_is_explained() throws Exception {
    try (Scope scope = new Scope()) {
      Namespace machine = Namespace.create(scope, "doctor");
      Path file = TempFolder.create(scope, "ovenbird-doctor").resolve("cluster.yaml");
      Files.writeString(file, GatewayStage.spec().set("egress", "Sometimes").yaml());
      Command.Result result = doctor(machine, "-f", file.toString());
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.output()).contains("spec.egress");
    }
  }
}
