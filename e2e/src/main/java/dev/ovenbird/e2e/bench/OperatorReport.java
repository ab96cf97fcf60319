package dev.ovenbird.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.e2e.kubernetes.OperatorProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The operator's figures beside what was aimed for, as a table and as JSON. */
final class OperatorReport {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double MEGABYTE = 1 << 20;

  private final List<Figure> figures = new ArrayList<>();
  private final List<Phase> phases = new ArrayList<>();
  private final Map<String, Long> writes = new LinkedHashMap<>();

  private record Figure(String name, String unit, double value, String aim) {}

  /** A phase's time; {@code aim} may be empty. */
  void add(Phase phase, String aim) {
    phases.add(phase);
    figures.add(new Figure(phase.name(), "s", phase.seconds(), aim));
    System.out.printf(
        Locale.ROOT, "%s: %.1f s, %s%n", phase.name(), phase.seconds(), phase.bound());
  }

  void add(String name, String unit, double value, String aim) {
    figures.add(new Figure(name, unit, value, aim));
    System.out.printf(Locale.ROOT, "%s: %.2f %s%n", name, value, unit);
  }

  void add(String name, String unit, Series series, String aim) {
    add(name + ", median of " + series.values().size(), unit, series.median(), aim);
    add(name + ", slowest", unit, series.max(), "");
  }

  /** The operator's memory and processor time up to now. */
  void addSize(String scenario, OperatorProcess operator) {
    add(
        "operator RSS, " + scenario + ", highest",
        "MB",
        operator.component().peakResidentBytes() / MEGABYTE,
        "under 512");
    add(
        "operator RSS, " + scenario + ", at the end",
        "MB",
        operator.component().residentBytes() / MEGABYTE,
        "");
    add("operator CPU, " + scenario + ", since start", "s", operator.component().cpuSeconds(), "");
  }

  void addWrites(Map<String, Long> counted) {
    writes.putAll(counted);
  }

  void print(PrintStream out) {
    out.printf("%n%-72s %12s %-4s %s%n", "measure", "figure", "unit", "aim");
    for (Figure figure : figures) {
      out.printf(
          Locale.ROOT,
          "%-72s %12.2f %-4s %s%n",
          figure.name(),
          figure.value(),
          figure.unit(),
          figure.aim());
    }
    out.printf("%nWhat bounds each:%n");
    phases.forEach(phase -> out.printf("  %s: %s%n", phase.name(), phase.bound()));
    if (!writes.isEmpty()) {
      out.printf("%nThe operator's writes at rest: %s%n", writes);
    }
  }

  void write(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    for (Figure figure : figures) {
      root.withArray("figures")
          .addObject()
          .put("name", figure.name())
          .put("unit", figure.unit())
          .put("value", figure.value())
          .put("aim", figure.aim());
    }
    for (Phase phase : phases) {
      ObjectNode node = root.withArray("phases").addObject();
      node.put("name", phase.name()).put("seconds", phase.seconds());
      node.put("machineCores", phase.machine()).put("availableCores", phase.available());
      phase.cores().forEach(node.putObject("cores")::put);
    }
    writes.forEach(root.putObject("writesAtRest")::put);
    Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }
}
