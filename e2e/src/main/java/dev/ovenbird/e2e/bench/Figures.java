package dev.ovenbird.e2e.bench;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has been measured of one contestant, in the order in which it first was. */
final class Figures {
  private final String name;
  private final Map<String, Measure> measures = new LinkedHashMap<>();
  private final Map<String, Occupation> occupations = new LinkedHashMap<>();

  /** A named series. */
  record Measure(String key, String label, String unit, Series series) {}

  /**
   * @param name as a table has it
   */
  Figures(String name) {
    this.name = name;
  }

  /** One more round's figure. */
  void add(String key, String label, String unit, double value) {
    measures
        .computeIfAbsent(key, first -> new Measure(key, label, unit, new Series()))
        .series()
        .add(value);
  }

  /** How busy the processors were in one more round of a case. */
  void add(String label, Usage usage) {
    occupations.computeIfAbsent(label, first -> new Occupation()).add(usage);
  }

  String name() {
    return name;
  }

  Collection<Measure> measures() {
    return Collections.unmodifiableCollection(measures.values());
  }

  @Nullable Measure measure(String key) {
    return measures.get(key);
  }

  /** By the case's label. */
  Map<String, Occupation> occupations() {
    return Collections.unmodifiableMap(occupations);
  }
}
