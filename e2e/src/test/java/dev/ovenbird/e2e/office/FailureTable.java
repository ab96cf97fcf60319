package dev.ovenbird.e2e.office;

import dev.ovenbird.e2e.cluster.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What people saw of each failure; {@code docs/failures.md} keeps one print of it. */
final class FailureTable {
  private static final String HEAD =
      """
      | What failed | Clients of it | Longest silence: median, worst | Reconnects | Other clients | Longest silence | Reconnects |
      |---|---|---|---|---|---|---|
      """;

  private final List<String> rows = new ArrayList<>();

  void add(String failure, List<Person.Seen> hit, List<Person.Seen> others) {
    rows.add(
        String.format(
            Locale.ROOT,
            "| %s | %d | %s | %s | %d | %s | %s |%n",
            failure,
            hit.size(),
            hit.isEmpty() ? "" : "%s, %s".formatted(median(hit), worst(hit)),
            reconnects(hit),
            others.size(),
            worst(others),
            reconnects(others)));
    System.out.print(rows.getLast());
  }

  private static String median(List<Person.Seen> people) {
    return seconds(
        people.stream().mapToDouble(Person.Seen::gap).sorted().toArray()[people.size() / 2]);
  }

  private static String worst(List<Person.Seen> people) {
    return people.isEmpty()
        ? ""
        : seconds(people.stream().mapToDouble(Person.Seen::gap).max().orElseThrow());
  }

  private static String seconds(double gap) {
    return String.format(Locale.ROOT, "%.1f s", gap);
  }

  private static String reconnects(List<Person.Seen> people) {
    return people.isEmpty()
        ? ""
        : String.valueOf(people.stream().mapToLong(Person.Seen::reconnects).sum());
  }

  /** Prints it, and leaves it in {@code e2e/target/failures.md}. */
  void print() {
    String table = HEAD + String.join("", rows);
    System.out.print(table);
    try {
      Files.writeString(Installation.home().resolve("e2e/target/failures.md"), table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
