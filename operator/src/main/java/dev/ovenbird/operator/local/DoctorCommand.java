package dev.ovenbird.operator.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.InstanceLayout;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ovenbird doctor}: the agent's preflight, for the lanes that a file describes. */
@Command(
    name = "doctor",
    description = "Checks whether this machine can run instances, and says what to do if not.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final String DOCTOR = "dev.ovenbird.app.preflight.Doctor";

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A VpnCluster: also checks its ports and addresses.")
  @Nullable Path file;

  @Override
  public Integer call()
      throws LocalException, InvalidInputException, IOException, InterruptedException {
    Path folder = Files.createTempDirectory("ovenbird-doctor");
    try {
      List<String> command = new ArrayList<>(AgentCommand.fromEnvironment().running(DOCTOR));
      if (file != null) {
        command.addAll(configs(file, folder));
      }
      Main.flush();
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } finally {
      try (var files = Files.list(folder)) {
        for (Path each : files.toList()) {
          Files.delete(each);
        }
      }
      Files.delete(folder);
    }
  }

  /** What the file's instances would be told, without any of their keys. */
  private static List<String> configs(Path source, Path folder)
      throws LocalException, InvalidInputException, IOException {
    ResolvedCluster cluster = ResourceFile.parse(source.toString(), UpCommand.read(source));
    List<String> configs = new ArrayList<>();
    var lanes =
        Planner.lanes(
            cluster,
            UUID.randomUUID().toString(),
            List.of(NodeAddresses.node()),
            List.of(),
            new NoFiles(folder));
    for (var lane : lanes.entrySet()) {
      Path config = folder.resolve("lane-" + lane.getKey() + ".json");
      InstanceConfig told = lane.getValue();
      Files.write(config, new ObjectMapper().writeValueAsBytes(told));
      configs.add(config.toString());
    }
    return configs;
  }

  /** Paths at which nothing lies. */
  private record NoFiles(Path folder) implements InstanceLayout {
    @Override
    public InstanceConfig.Files files(InstanceId instance) {
      String none = folder.resolve("none").toString();
      return new InstanceConfig.Files(none, none, none, none, none);
    }

    @Override
    public String users(String secret) {
      return folder.resolve("none").toString();
    }

    @Override
    public @Nullable String controlSocket(InstanceId instance) {
      return null;
    }

    @Override
    public @Nullable String httpAddress(InstanceId instance) {
      return null;
    }
  }
}
