package dev.ovenbird.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Medians, ranges and ratios of two contestants, as a table and as JSON. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Contestant stock;
  private final Contestant ours;

  Report(Contestant stock, Contestant ours) {
    this.stock = stock;
    this.ours = ours;
  }

  void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%n%-30s %-7s %-27s %-27s %s%n",
        "median (lowest to highest)",
        "unit",
        stock.name(),
        ours.name(),
        "ratio");
    List<Contestant.Measure> left = stock.measures();
    List<Contestant.Measure> right = ours.measures();
    for (int i = 0; i < left.size(); i++) {
      out.printf(
          Locale.ROOT,
          "%-30s %-7s %-27s %-27s %.2f%n",
          left.get(i).label(),
          left.get(i).unit(),
          range(left.get(i).series()),
          range(right.get(i).series()),
          ratio(left.get(i), right.get(i)));
    }
  }

  private static double ratio(Contestant.Measure stock, Contestant.Measure ours) {
    return ours.series().median() / stock.series().median();
  }

  private static String range(Series series) {
    return String.format(
        Locale.ROOT, "%.2f (%.2f to %.2f)", series.median(), series.min(), series.max());
  }

  void write(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.set("stock", node(stock));
    root.set("ours", node(ours));
    ObjectNode ratios = root.putObject("ratioOursToStock");
    List<Contestant.Measure> left = stock.measures();
    List<Contestant.Measure> right = ours.measures();
    for (int i = 0; i < left.size(); i++) {
      ratios.put(left.get(i).key(), ratio(left.get(i), right.get(i)));
    }
    Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }

  private static ObjectNode node(Contestant contestant) {
    ObjectNode node = JSON.createObjectNode();
    node.put("name", contestant.name());
    for (Contestant.Measure measure : contestant.measures()) {
      ObjectNode series = node.putObject(measure.key());
      series.put("median", measure.series().median());
      series.put("lowest", measure.series().min());
      series.put("highest", measure.series().max());
      measure.series().values().forEach(series.withArray("rounds")::add);
    }
    return node;
  }
}
