package dev.ovenbird.operator.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of an agent's JVM. */
record AgentCommand(List<String> prefix) {
  /** An agent alone: a session of its own, so that Ctrl-C in a terminal reaches it through us. */
  private static final Path SETSID = Path.of("/usr/bin/setsid");

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
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString());
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms16m",
            "-Xmx64m",
            "-XX:+UseCompactObjectHeaders",
            "-XX:TrimNativeHeapInterval=2000",
            "-XX:+UseSerialGC",
            // Start-up code is not worth C2's time (half of an agent's start); the packet path,
            // which runs thousands of times a second, still gets it within seconds.
            "-XX:Tier4InvocationThreshold=25000",
            "-XX:Tier4MinInvocationThreshold=3000",
            "-XX:Tier4CompileThreshold=75000",
            "-XX:Tier4BackEdgeThreshold=200000",
            "-Xshare:auto",
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
    command.addAll(List.of("-cp", classpath, "dev.ovenbird.app.Agent"));
    return new AgentCommand(List.copyOf(command));
  }

  List<String> of(Path config) {
    List<String> command = new ArrayList<>(prefix);
    command.add("--config");
    command.add(config.toString());
    return command;
  }
}
