package dev.ovenbird.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's entry point and the supervisor, with a shell script in place of java. */
class SupervisorTest {
  private static final Path SCRIPT = Path.of("src/main/image/agent").toAbsolutePath();

  private static final Path SUPERVISOR =
      Path.of("../supervisor/target/supervisor").toAbsolutePath().normalize();

  @TempDir Path folder;
  private final List<String> lines = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private BufferedReader output = new BufferedReader(Reader.nullReader());

  @BeforeEach
  void makeJars() throws IOException {
    Files.createDirectories(folder.resolve("lib"));
    for (String jar : List.of("b.jar", "a.jar", "ovenbird-app-1.jar")) {
      Files.createFile(folder.resolve("lib").resolve(jar));
    }
  }

  @AfterEach
  void end() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private void start(String java, String... arguments) throws IOException {
    Path fake = folder.resolve("java");
    Files.writeString(fake, "#!/bin/sh\n" + java);
    Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(List.of("sh", SCRIPT.toString()));
    command.addAll(List.of(arguments));
    start(command, fake);
  }

  private void start(List<String> command, Path fake) throws IOException {
    assertThat(SUPERVISOR)
        .as("made by node-agent/supervisor/build, which needs gcc and libc6-dev")
        .isExecutable();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("OVENBIRD_SUPERVISOR", SUPERVISOR.toString());
    builder.environment().put("OVENBIRD_HOME", folder.toString());
    builder.environment().put("OVENBIRD_JAVA", fake.toString());
    builder.environment().put("STATE", folder.toString());
    Process process = builder.start();
    processes.add(process);
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private String line(String part) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.contains(part)) {
        return line;
      }
    }
    throw new AssertionError("no line with '" + part + "' in " + lines);
  }

  private int status() throws InterruptedException {
    assertThat(processes.getLast().waitFor(20, TimeUnit.SECONDS)).isTrue();
    return processes.getLast().exitValue();
  }

  @Test
  void it_starts_a_dead_agent_again_at_once_and_says_why_it_died() throws Exception {
    start("echo x >>$STATE/n; [ $(wc -l <$STATE/n) -lt 3 ] || exit 0; kill -KILL $$\n");
    assertThat(line("died")).contains("status 137", "SIGKILL");
    assertThat(line("died")).doesNotContain(" in ");
    assertThat(line("ended by request")).isNotEmpty();
    assertThat(status()).isZero();
  }

  @Test
  void a_sixth_death_in_a_minute_and_wrong_configurations_are_paused_after() throws Exception {
    start("exit 1\n");
    for (int i = 1; i <= 5; i++) {
      assertThat(line("died")).doesNotContain("again in");
    }
    assertThat(line("died")).contains("again in 1 s");
    assertThat(line("died")).contains("again in 2 s");
    // Between two agents: there is none to end, and no other is started.
    signal("TERM");
    assertThat(status()).isZero();
    assertThat(output.readLine()).isNull();
    start("exit 2\n");
    assertThat(line("died")).contains("status 2", "in 5 s");
  }

  @Test
  void a_supervisor_that_reports_leaves_it_to_its_parent_what_could_not_start() throws Exception {
    List<String> reporting = List.of(SUPERVISOR.toString(), "--report", "--", "sh", "-c");
    for (int status : List.of(0, 2, 3, 4)) {
      start(with(reporting, "exit " + status), folder);
      assertThat(status()).isEqualTo(status);
    }
    start(List.of(SUPERVISOR.toString(), "--report", "--", "/nowhere/java"), folder);
    assertThat(line("cannot run")).contains("/nowhere/java: No such file");
    assertThat(status()).isEqualTo(127);
    start(List.of(SUPERVISOR.toString(), "java"), folder);
    assertThat(line("usage")).contains("--report");
    assertThat(status()).isEqualTo(2);
  }

  @Test
  void as_the_first_process_it_reaps_what_others_leave() throws Exception {
    String leavesOrphans =
        "for i in 1 2 3 4 5 6 7 8; do (true & true) & done; wait;"
            + " while grep -qs '^State:.Z' /proc/[0-9]*/status; do :; done; exit 0";
    start(
        List.of(
            "unshare",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            SUPERVISOR.toString(),
            "--",
            "sh",
            "-c",
            leavesOrphans),
        folder);
    line("ended by request");
    assertThat(status()).isZero();
  }

  private static List<String> with(List<String> words, String last) {
    List<String> all = new ArrayList<>(words);
    all.add(last);
    return all;
  }

  private void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(processes.getLast().pid());
    new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
  }

  @Test
  void a_signal_goes_to_the_agent_whose_end_is_its_own() throws Exception {
    for (String signal : List.of("TERM", "INT", "HUP")) {
      start("trap 'exit 7' " + signal + "; echo up; while :; do sleep 0.05; done\n");
      line("up");
      signal(signal);
      assertThat(line("ended")).contains("status 7 after SIG" + signal);
      assertThat(status()).isEqualTo(7);
    }
  }

  @Test
  void a_changed_configuration_is_no_death_to_wait_after() throws Exception {
    start("echo x >>$STATE/n; [ $(wc -l <$STATE/n) -lt 8 ] && exit 4; exit 0\n");
    line("ended by request");
    assertThat(lines).noneMatch(line -> line.contains("again in"));
  }

  @Test
  void class_path_and_options_are_always_the_same() throws Exception {
    start("echo \"$@\"\n", "once", "--version");
    assertThat(line("--version"))
        .contains("-Xmx", "--enable-native-access", "lib/a.jar:" + folder + "/lib/b.jar:")
        .endsWith("dev.ovenbird.app.Agent --version");
    Files.createFile(folder.resolve("agent.aot"));
    start("echo with \"$@\"\n", "once", "--help");
    assertThat(line("--help"))
        .contains("-XX:AOTCache=" + folder + "/agent.aot", "lib/a.jar:")
        .endsWith("dev.ovenbird.app.Agent --help");
    start("echo \"$@\"\n", "probe", "drain");
    assertThat(line("Probe")).endsWith("control.sock drain");
    start("", "nonsense");
    assertThat(status()).isEqualTo(2);
  }
}
