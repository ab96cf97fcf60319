package dev.ovenbird.e2e.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.TrixieRoot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Cells of the matrix in which all choices of any two dimensions meet; of any three, with system
 * property {@code ovenbird.interop.strength} (the launcher's {@code --full}).
 */
@Tag("alone")
class InteropTest {
  private static final int STRENGTH = Integer.getInteger("ovenbird.interop.strength", 2);

  /** A cell mostly waits for a renegotiation. */
  private static final int AT_A_TIME = 3;

  @Test
  @Timeout(1800)
  void every_client_works_with_every_choice()
      throws IOException, InterruptedException, ExecutionException {
    List<Cell> cells = Cover.of(Matrix.cells(), STRENGTH);
    TrixieRoot.folder();
    Map<Site.Key, List<Cell>> sites = new LinkedHashMap<>();
    for (Cell cell : cells) {
      sites.computeIfAbsent(Site.Key.of(cell), key -> new ArrayList<>()).add(cell);
    }
    // The longest first, so that none of them is left for the end.
    List<List<Cell>> groups = new ArrayList<>(sites.values());
    groups.sort(Comparator.comparing(group -> -group.size()));
    List<Outcome> outcomes = new ArrayList<>();
    long begun = System.nanoTime();
    try (ExecutorService workers = Executors.newFixedThreadPool(AT_A_TIME)) {
      List<Future<List<Outcome>>> runs = new ArrayList<>();
      for (List<Cell> group : groups) {
        runs.add(workers.submit(() -> run(group)));
      }
      for (Future<List<Outcome>> run : runs) {
        outcomes.addAll(run.get());
      }
    }
    outcomes.sort(Comparator.comparing(outcome -> cells.indexOf(outcome.cell())));
    outcomes.sort(Comparator.comparing(outcome -> outcome.cell().peers()));
    Table.print(outcomes);
    System.out.printf(
        "%d cells of %d in %.0f s%n",
        cells.size(), Matrix.cells().size(), (System.nanoTime() - begun) / 1e9);
    assertThat(outcomes)
        .allSatisfy(outcome -> assertThat(outcome.failures()).as("%s", outcome.cell()).isEmpty());
  }

  /** Runs cells that one site serves. */
  private static List<Outcome> run(List<Cell> cells) {
    try (Site site = Site.open(Site.Key.of(cells.getFirst()))) {
      return cells.stream().map(cell -> CellRun.of(site, cell)).toList();
    } catch (RuntimeException | AssertionError e) {
      return cells.stream().map(cell -> new Outcome(cell, 0, List.of(e.toString()))).toList();
    }
  }
}
