package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.cluster.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The cells that were run; {@code docs/interop.md} keeps one print of the full run. */
final class Table {
  private static final String HEAD =
      """
      | Client to server | Link | Control channel | Renegotiation | TLS | Keys | Data channel | | s |
      |---|---|---|---|---|---|---|---|---|
      """;

  private Table() {}

  static String of(List<Outcome> outcomes) {
    return HEAD + outcomes.stream().map(Table::row).collect(Collectors.joining());
  }

  private static String row(Outcome outcome) {
    Cell cell = outcome.cell();
    return String.format(
        Locale.ROOT,
        "| %s | %s %s | %s | %s | %s | %s | %s | %s | %.1f |%n",
        cell.peers(),
        cell.transport(),
        cell.family(),
        cell.wrap(),
        cell.renewal(),
        cell.tls().number,
        cell.key(),
        cell.data(),
        outcome.passed()
            ? "✓"
            : "✗ " + outcome.failures().getFirst().lines().findFirst().orElse(""),
        outcome.seconds());
  }

  /** Prints it, and leaves it in {@code e2e/target/interop.md}. */
  static void print(List<Outcome> outcomes) {
    String table = of(outcomes);
    System.out.print(table);
    try {
      Files.writeString(Installation.home().resolve("e2e/target/interop.md"), table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
