package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees of a command that cannot do its work. */
@Timeout(60)
class MainTest {
  @TempDir Path dir;

  private record Result(int status, List<String> lines) {}

  @Test
  void each_problem_of_the_file_is_a_line_and_nothing_is_made() throws Exception {
    Path file = dir.resolve("c.yaml");
    Files.writeString(
        file,
        LocalYaml.cluster("alice")
            .replace("10.88.0.0/16", "10.88.0.1/16")
            .replace("11940", "65535"));
    Result result = run("up", "-f", file.toString(), "--dir", dir.resolve("s").toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.lines())
        .containsExactly(
            "ovenbird: "
                + file
                + ":5: spec.networkCIDRs[0]: 10.88.0.1/16 has host bits set; write 10.88.0.0/16",
            "ovenbird: "
                + file
                + ":7: spec.listeners[0].port: lane 1 would listen on 65536; take a port up to 65534");
    assertThat(dir.resolve("s")).doesNotExist();
  }

  @Test
  void missing_file_is_a_line() throws Exception {
    Result result = run("up", "-f", "/nowhere.yaml");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.lines())
        .containsExactly("ovenbird: /nowhere.yaml: no such file; check the path");
  }

  @Test
  void full_disk_is_a_line_and_leaves_no_half_made_cluster() throws Exception {
    Path file = Files.writeString(dir.resolve("c.yaml"), LocalYaml.cluster("alice"));
    Path small = Files.createDirectory(dir.resolve("small"));
    assertThat(status("mount", "-t", "tmpfs", "-o", "size=32k", "ovenbird", small.toString()))
        .isZero();
    try {
      Result result = run("up", "-f", file.toString(), "--dir", small.resolve("s").toString());
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.lines()).hasSize(1);
      assertThat(result.lines().getFirst())
          .startsWith("ovenbird: " + small)
          .endsWith(": no space left on the device; free some and try again");
      assertThat(small).isEmptyDirectory();
    } finally {
      assertThat(status("umount", small.toString())).isZero();
    }
  }

  @Test
  void instance_without_a_cluster_says_how_to_start_one() throws Exception {
    Result result = run("instance", "stop", "0", "--dir", dir.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.lines())
        .containsExactly(
            "ovenbird: " + dir + ": no cluster runs there; start it by: ovenbird up --dir " + dir);
  }

  private Result run(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dovenbird.agent.classpath=none",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output.lines().toList());
  }

  private static int status(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
