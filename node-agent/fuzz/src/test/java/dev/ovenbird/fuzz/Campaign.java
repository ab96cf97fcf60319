package dev.ovenbird.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs Jazzer on one target or on all, one after the other: {@code ./ovenbird fuzz}. */
final class Campaign {
  private static final int MAX_INPUT = 4096;

  private Campaign() {}

  /**
   * What {@code ./ovenbird fuzz} calls.
   *
   * @param arguments folder of the corpora, folder for findings, seconds in all, then targets; none
   *     = all
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path corpora = Path.of(arguments[0]);
    Path findings = Files.createDirectories(Path.of(arguments[1]));
    List<Target> targets = new ArrayList<>();
    for (int i = 3; i < arguments.length; i++) {
      targets.add(Target.named(arguments[i]));
    }
    if (targets.isEmpty()) {
      targets.addAll(Target.ALL);
    }
    long seconds = Math.max(1, Long.parseLong(arguments[2]) / targets.size());
    boolean clean = true;
    for (Target target : targets) {
      System.out.println("Fuzzing " + target.name() + " for " + seconds + " s");
      Path grown = Files.createDirectories(findings.resolve(target.name()).resolve("corpus"));
      ProcessBuilder jazzer =
          jazzer(
              target,
              findings.resolve(target.name()),
              "-max_total_time=" + seconds,
              grown.toString(),
              corpora.resolve(target.name()).toString());
      clean &= jazzer.inheritIO().start().waitFor() == 0;
    }
    System.out.println(clean ? "No finding." : "Findings are in " + findings);
    System.exit(clean ? 0 : 1);
  }

  /** Without JUnit: with it Jazzer looks for tests of its own first. */
  private static String classPath() {
    String all = System.getProperty("java.class.path");
    return Stream.of(all.split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains("junit"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * The command of one run.
   *
   * @param folder where a finding is written
   * @param arguments of libFuzzer: its options, then folders of inputs, the first of which grows
   */
  static ProcessBuilder jazzer(Target target, Path folder, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=dev.ovenbird.**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_len=" + MAX_INPUT,
                "-rss_limit_mb=0"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
