package dev.ovenbird.app.preflight;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.preflight.Finding.State;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code ovenbird doctor}: the preflight of one machine as a table. Arguments: the configurations
 * of the instances that are to run there; none: what every instance needs. Exit status 1 if
 * something is bad, 2 if a configuration can't be read.
 */
public final class Doctor {
  /** What only root can look at. */
  private static final Set<String> ROOTS =
      Set.of("DeviceForbidden", "CapabilityMissing", "NftFails");

  private final boolean root;

  Doctor(boolean root) {
    this.root = root;
  }

  public static void main(String[] arguments) throws InterruptedException {
    int status;
    try {
      Set<Finding> findings = new LinkedHashSet<>();
      Preflight preflight = new Preflight();
      if (arguments.length == 0) {
        findings.addAll(preflight.run(null, null));
      }
      for (String file : arguments) {
        findings.addAll(preflight.run(ConfigFile.read(Path.of(file)), null));
      }
      String uid = String.join(" ", NodeFiles.lines(Path.of("/proc/self/status")));
      status = new Doctor(uid.matches(".*\\sUid:\\s+0\\s.*")).print(findings, System.out);
    } catch (ConfigException e) {
      System.err.println("ovenbird: " + e.getMessage());
      status = 2;
    }
    System.out.flush();
    System.exit(status);
  }

  /** Prints the table; returns the exit status. */
  int print(Iterable<Finding> found, PrintStream out) {
    List<Finding> findings = new ArrayList<>();
    Set<String> good = new HashSet<>();
    for (Finding one : found) {
      Finding finding = forPerson(one);
      // Lanes find the same good things.
      if (finding.state() != State.Good || good.add(finding.type())) {
        findings.add(finding);
      }
    }
    out.printf("%-8s %-20s %s%n", "STATE", "CHECK", "WHAT");
    for (Finding finding : findings) {
      out.printf(
          "%-8s %-20s %s%n",
          switch (finding.state()) {
            case Good -> "ok";
            case Bad -> "BAD";
            case Unknown -> "unknown";
          },
          finding.type(),
          finding.message());
    }
    long bad = findings.stream().filter(finding -> finding.state() == State.Bad).count();
    long unknown = findings.stream().filter(finding -> finding.state() == State.Unknown).count();
    out.println(
        (bad == 0 ? "Nothing is in the way" : bad + " to mend")
            + (unknown == 0 ? "." : "; " + unknown + " could not be checked."));
    return bad == 0 ? 0 : 1;
  }

  private Finding forPerson(Finding finding) {
    if (finding.state() != State.Bad) {
      return finding;
    }
    if (finding.reason().equals("ForwardingOff")) {
      return new Finding(
          finding.type(),
          State.Good,
          finding.reason(),
          "forwarding is off; 'ovenbird up' switches it on while it runs");
    }
    if (!root && ROOTS.contains(finding.reason())) {
      return new Finding(
          finding.type(),
          State.Unknown,
          "NeedsRoot",
          "only root can check this: run 'sudo ./ovenbird doctor'");
    }
    return finding;
  }
}
