package dev.ovenbird.e2e.interop;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Chooses few cells in which all choices of any two (or three) dimensions still meet. */
final class Cover {
  private Cover() {}

  /**
   * Greedy and without chance: always the cell that brings the most combinations not seen yet, the
   * first of equals.
   *
   * @param cells those that may be chosen; a combination that none of them has is not wanted
   * @param strength how many dimensions a combination is of
   */
  static List<Cell> of(List<Cell> cells, int strength) {
    List<Set<Set<Enum<?>>>> offered =
        cells.stream().map(cell -> combinations(cell, strength)).toList();
    Set<Set<Enum<?>>> missing = new HashSet<>();
    offered.forEach(missing::addAll);
    List<Cell> chosen = new ArrayList<>();
    while (!missing.isEmpty()) {
      int best = 0;
      long most = 0;
      for (int i = 0; i < cells.size(); i++) {
        long brings = offered.get(i).stream().filter(missing::contains).count();
        if (brings > most) {
          best = i;
          most = brings;
        }
      }
      chosen.add(cells.get(best));
      missing.removeAll(offered.get(best));
    }
    return chosen;
  }

  /** Every set of {@code strength} choices that a cell makes. */
  static Set<Set<Enum<?>>> combinations(Cell cell, int strength) {
    Set<Set<Enum<?>>> found = new HashSet<>();
    found.add(Set.of());
    for (int size = 0; size < strength; size++) {
      Set<Set<Enum<?>>> larger = new HashSet<>();
      for (Set<Enum<?>> smaller : found) {
        for (Enum<?> choice : cell.choices()) {
          if (!smaller.contains(choice)) {
            Set<Enum<?>> joined = new HashSet<>(smaller);
            joined.add(choice);
            larger.add(Set.copyOf(joined));
          }
        }
      }
      found = larger;
    }
    return found;
  }
}
