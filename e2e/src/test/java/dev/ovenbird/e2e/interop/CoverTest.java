package dev.ovenbird.e2e.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoverTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void all_choices_of_so_many_dimensions_meet(int strength) {
    List<Cell> cells = Matrix.cells();
    List<Cell> chosen = Cover.of(cells, strength);
    assertThat(combinations(chosen, strength)).isEqualTo(combinations(cells, strength));
    assertThat(chosen).doesNotHaveDuplicates().hasSizeLessThan(cells.size() / 2);
    System.out.printf("strength %d: %d of %d cells%n", strength, chosen.size(), cells.size());
  }

  @Test
  void the_same_cells_are_chosen_each_time() {
    assertThat(Cover.of(Matrix.cells(), 2)).isEqualTo(Cover.of(Matrix.cells(), 2));
  }

  private static Set<Set<Enum<?>>> combinations(List<Cell> cells, int strength) {
    Set<Set<Enum<?>>> all = new HashSet<>();
    cells.forEach(cell -> all.addAll(Cover.combinations(cell, strength)));
    return all;
  }
}
