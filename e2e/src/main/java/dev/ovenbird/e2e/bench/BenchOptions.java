package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.nio.file.Path;
import org.awaitility.core.ConditionTimeoutException;
import picocli.CommandLine.Option;

/** What all benchmarks beside stock servers take, and how each begins and ends. */
final class BenchOptions {
  @Option(names = "--rounds", defaultValue = "5", description = "Rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--server-cores",
      defaultValue = "0",
      description = {
        "Processors of the servers, such as 0 or 0-1; all else runs on the others",
        "(${DEFAULT-VALUE}). Empty: nothing is pinned."
      })
  String serverCores = "0";

  @Option(
      names = "--json",
      defaultValue = "",
      description = "Where the figures go (.ovenbird/bench/NAME.json).")
  String json = "";

  /** What is measured. */
  interface Work {
    void measure(Scope scope, Report report) throws IOException;
  }

  /**
   * Runs it and reports, also what there is when it fails on the way.
   *
   * @return an exit status
   */
  int run(String name, Work work) throws IOException {
    Path file =
        json.isEmpty()
            ? Installation.home().resolve(".ovenbird/bench/" + name + ".json")
            : Path.of(json);
    Report report = new Report();
    report.note(Machine.here().toString());
    int status = 0;
    try (Scope scope = new Scope()) {
      work.measure(scope, report);
    } catch (IllegalStateException
        | IllegalArgumentException
        | ConditionTimeoutException
        | AssertionError e) {
      System.err.println("bench: " + e.getMessage());
      status = 1;
    }
    if (!report.isEmpty()) {
      report.print(System.out);
      report.write(file);
      System.out.println("Figures of all rounds: " + file);
    }
    return status;
  }
}
