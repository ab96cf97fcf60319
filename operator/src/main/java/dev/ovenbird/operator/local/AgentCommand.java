package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command line of an agent.
 *
 * @param around what runs the JVM: a session of its own, the supervisor; may be empty
 * @param prefix the JVM with all but the agent's own arguments
 */
record AgentCommand(List<String> around, List<String> prefix) {
  /** An agent alone: a session of its own, so that Ctrl-C in a terminal reaches it through us. */
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  /** Below the repository; made by the build where there is a C compiler. */
  private static final Path SUPERVISOR = Path.of("node-agent/supervisor/target/supervisor");

  /** Made by node-agent/app/aot. */
  private static final Path CACHE = Path.of("node-agent/app/target/agent.aot");

  /** Without a supervisor. */
  AgentCommand(List<String> prefix) {
    this(List.of(), prefix);
  }

  /** From OVENBIRD_AGENT_CLASSPATH and OVENBIRD_AGENT_JAVA_OPTIONS (white space between). */
  static AgentCommand fromEnvironment() throws LocalException {
    String classpath =
        System.getProperty(
            "ovenbird.agent.classpath",
            System.getenv().getOrDefault("OVENBIRD_AGENT_CLASSPATH", ""));
    if (classpath.isBlank()) {
      throw new LocalException(
          "OVENBIRD_AGENT_CLASSPATH is not set; start by ./ovenbird, which sets it");
    }
    List<String> around = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      around.add(SETSID.toString());
    }
    Path home = Path.of(System.getenv().getOrDefault("OVENBIRD_HOME", "")).toAbsolutePath();
    Path supervisor = home.resolve(SUPERVISOR);
    if (Files.isExecutable(supervisor)) {
      around.addAll(List.of(supervisor.toString(), "--report", "--"));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms16m",
            "-Xmx64m",
            "-XX:+UseCompactObjectHeaders",
            "-XX:TrimNativeHeapInterval=2000",
            "-XX:+UseSerialGC",
            // What thousands of idle clients hold is old and stays: little room beside it, and a
            // young generation no larger for them than a storm of handshakes needs.
            "-XX:MinHeapFreeRatio=15",
            "-XX:MaxHeapFreeRatio=30",
            "-XX:MaxNewSize=24m",
            // Start-up code is not worth C2's time (half of an agent's start); the packet path,
            // which runs thousands of times a second, still gets it within seconds.
            "-XX:Tier4InvocationThreshold=25000",
            "-XX:Tier4MinInvocationThreshold=3000",
            "-XX:Tier4CompileThreshold=75000",
            "-XX:Tier4BackEdgeThreshold=200000",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    for (String option :
        System.getenv().getOrDefault("OVENBIRD_AGENT_JAVA_OPTIONS", "").split("\\s+")) {
      if (!option.isEmpty()) {
        command.add(option);
      }
    }
    Path cache = home.resolve(CACHE);
    if (classpath.endsWith("/lib/*") && Files.exists(cache)) {
      // Made with the jars in this order; a JVM for which it does not hold passes it over.
      classpath = jars(Path.of(classpath.substring(0, classpath.length() - 2)));
      command.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off,cds=off"));
    }
    command.addAll(List.of("-cp", classpath, "dev.ovenbird.app.Agent"));
    return new AgentCommand(List.copyOf(around), List.copyOf(command));
  }

  private static String jars(Path folder) throws LocalException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(Path::toString)
          .filter(name -> name.endsWith(".jar"))
          .sorted()
          .collect(Collectors.joining(":"));
    } catch (IOException e) {
      throw LocalException.of(folder, e);
    }
  }

  /** Whether what an agent listens on outlives it. */
  boolean isSupervised() {
    return around.contains("--report");
  }

  /** Another program of the agent's jars. */
  List<String> running(String main) {
    List<String> command = new ArrayList<>(prefix);
    command.set(command.size() - 1, main);
    return command;
  }

  /**
   * @param hasSpare whether a second process waits to be the agent; not without a supervisor
   */
  List<String> of(Path config, boolean hasSpare) {
    List<String> command = new ArrayList<>(around);
    if (hasSpare && isSupervised()) {
      command.add(command.size() - 1, "--spare");
    }
    command.addAll(prefix);
    command.add("--config");
    command.add(config.toString());
    return command;
  }
}
