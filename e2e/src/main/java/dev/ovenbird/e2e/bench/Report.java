package dev.ovenbird.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Medians, ranges, and ratios to the first of those who are compared, as a table and as JSON, with
 * what bounds each case.
 */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Figures> contestants = new ArrayList<>();
  private final Set<String> notes = new LinkedHashSet<>();

  /** One more to compare; the first is who all others are compared with. */
  Figures contestant(String name) {
    Figures figures = new Figures(name);
    contestants.add(figures);
    return figures;
  }

  List<Figures> contestants() {
    return List.copyOf(contestants);
  }

  /** A line above the figures: the machine, who is absent and why. */
  void note(String line) {
    if (notes.add(line)) {
      System.out.println(line);
    }
  }

  boolean isEmpty() {
    return contestants.stream().allMatch(each -> each.measures().isEmpty());
  }

  /** Of all contestants, each once. */
  private Map<String, Figures.Measure> measures() {
    Map<String, Figures.Measure> all = new LinkedHashMap<>();
    for (Figures figures : contestants) {
      figures.measures().forEach(measure -> all.putIfAbsent(measure.key(), measure));
    }
    return all;
  }

  /** To the first contestant's median; NaN if it has none. */
  private double ratio(String key, Figures.Measure of) {
    Figures.Measure first = contestants.getFirst().measure(key);
    return first == null ? Double.NaN : of.series().median() / first.series().median();
  }

  void print(PrintStream out) {
    out.println();
    notes.forEach(out::println);
    out.printf(Locale.ROOT, "%n%-46s %-34s %s%n", "", "median (lowest to highest)", "ratio");
    for (Map.Entry<String, Figures.Measure> entry : measures().entrySet()) {
      out.printf("%s, %s%n", entry.getValue().label(), entry.getValue().unit());
      for (Figures figures : contestants) {
        Figures.Measure measure = figures.measure(entry.getKey());
        if (measure != null) {
          double ratio = ratio(entry.getKey(), measure);
          out.printf(
              Locale.ROOT,
              "  %-44s %-34s %s%n",
              figures.name(),
              range(measure.series()),
              Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio));
        }
      }
    }
    printBounds(out);
  }

  private void printBounds(PrintStream out) {
    if (contestants.stream().allMatch(each -> each.occupations().isEmpty())) {
      return;
    }
    out.printf("%nWhat bounds each:%n");
    Map<String, List<String>> byCase = new LinkedHashMap<>();
    for (Figures figures : contestants) {
      figures
          .occupations()
          .forEach(
              (label, occupation) ->
                  byCase
                      .computeIfAbsent(label, first -> new ArrayList<>())
                      .add("  " + figures.name() + ": " + occupation.verdict()));
    }
    byCase.forEach(
        (label, lines) -> {
          out.println(label);
          lines.forEach(out::println);
        });
  }

  private static String range(Series series) {
    return figure(series.median())
        + " ("
        + figure(series.min())
        + " to "
        + figure(series.max())
        + ")";
  }

  /** Three digits that count. */
  static String figure(double value) {
    if (!Double.isFinite(value)) {
      return "none";
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(3));
    return rounded.setScale(Math.max(0, rounded.scale()), RoundingMode.UNNECESSARY).toPlainString();
  }

  void write(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    notes.forEach(root.withArray("notes")::add);
    ObjectNode measures = root.putObject("measures");
    for (Map.Entry<String, Figures.Measure> entry : measures().entrySet()) {
      ObjectNode measure = measures.putObject(entry.getKey());
      measure.put("label", entry.getValue().label()).put("unit", entry.getValue().unit());
      for (Figures figures : contestants) {
        Figures.Measure own = figures.measure(entry.getKey());
        if (own != null) {
          put(measure.withObject("/contestants").putObject(figures.name()), entry.getKey(), own);
        }
      }
    }
    ObjectNode bounds = root.putObject("bounds");
    for (Figures figures : contestants) {
      figures
          .occupations()
          .forEach(
              (label, occupation) -> node(bounds, label).put(figures.name(), occupation.verdict()));
    }
    Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }

  private static ObjectNode node(ObjectNode in, String name) {
    return in.get(name) instanceof ObjectNode there ? there : in.putObject(name);
  }

  private void put(ObjectNode node, String key, Figures.Measure measure) {
    Series series = measure.series();
    node.put("median", series.median()).put("lowest", series.min()).put("highest", series.max());
    double ratio = ratio(key, measure);
    if (!Double.isNaN(ratio)) {
      node.put("ratioToFirst", ratio);
    }
    series.values().forEach(node.withArray("rounds")::add);
  }
}
