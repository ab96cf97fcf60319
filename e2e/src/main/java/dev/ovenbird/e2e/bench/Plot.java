package dev.ovenbird.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Bars of medians with their ranges, as SVG: less is better. */
final class Plot {
  private static final int LABEL = 250;
  private static final int WIDTH = 460;
  private static final int BAR = 14;
  private static final int GAP = 10;
  private static final String[] COLOURS = {
    "#8c8c8c", "#b8b8b8", "#c99a5b", "#2f7fb5", "#1b5480", "#6db38a", "#3b7d57"
  };

  private final String unit;
  private final Map<String, List<Bar>> groups = new LinkedHashMap<>();

  private record Bar(String name, String colour, Series series) {}

  private Plot(String unit) {
    this.unit = unit;
  }

  /** The servers' CPU per GB in every case that has it. */
  static Plot ofCpu(List<Figures> contestants) {
    Plot plot = new Plot("CPU s/GB");
    for (int i = 0; i < contestants.size(); i++) {
      Figures figures = contestants.get(i);
      String colour = COLOURS[i % COLOURS.length];
      for (Figures.Measure measure : figures.measures()) {
        if (measure.label().endsWith(": server CPU")) {
          plot.groups
              .computeIfAbsent(measure.label(), first -> new ArrayList<>())
              .add(new Bar(figures.name(), colour, measure.series()));
        }
      }
    }
    return plot;
  }

  void write(Path file) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    Files.writeString(file, svg());
  }

  String svg() {
    double most =
        groups.values().stream()
            .flatMap(List::stream)
            .mapToDouble(bar -> bar.series().max())
            .max()
            .orElse(1);
    StringBuilder body = new StringBuilder();
    int y = GAP;
    for (Map.Entry<String, List<Bar>> group : groups.entrySet()) {
      body.append(text(0, y + BAR, "start", "bold", group.getKey() + ", " + unit));
      y += BAR + GAP;
      for (Bar bar : group.getValue()) {
        body.append(bar(bar, y, WIDTH / most));
        y += BAR + 4;
      }
      y += GAP;
    }
    return String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n",
            LABEL + WIDTH + 60,
            y)
        + "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        + body
        + "</svg>\n";
  }

  private static String bar(Bar bar, int y, double scale) {
    Series series = bar.series();
    double median = series.median() * scale;
    double middle = y + BAR / 2.0;
    return text(LABEL - 8, y + BAR - 3, "end", "normal", bar.name())
        + String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n"
                + "<path d=\"M%.1f %.1fH%.1f\" stroke=\"black\"/>%n",
            LABEL,
            y,
            median,
            BAR,
            bar.colour(),
            LABEL + series.min() * scale,
            middle,
            LABEL + series.max() * scale)
        + text(
            (int) (LABEL + series.max() * scale + 6),
            y + BAR - 3,
            "start",
            "normal",
            Report.figure(series.median()));
  }

  private static String text(int x, int y, String anchor, String weight, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>%n",
        x,
        y,
        anchor,
        weight,
        text.replace("&", "&amp;").replace("<", "&lt;"));
  }
}
