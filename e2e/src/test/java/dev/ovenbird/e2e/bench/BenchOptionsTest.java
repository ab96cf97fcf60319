package dev.ovenbird.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What benchmarks understand on their command lines. */
class BenchOptionsTest {
  private static List<CommandLine> all() {
    return List.of(
        TunnelBench.command(),
        HandshakeBench.command(),
        StormBench.command(),
        ClientsBench.command(),
        LanesBench.command());
  }

  @Test
  void every_default_is_valid() {
    for (CommandLine command : all()) {
      command.parseArgs();
      assertThat(command.getUsageMessage()).contains("--rounds", "--json", "--server-cores");
    }
  }

  @Test
  void cases_contestants_and_buffers_are_chosen_by_their_own_names() {
    TunnelBench.command()
        .parseArgs("--cases=TCP-up-4,ping-bulk", "--contestants=ovenbird-own", "--buffers=tuned");
    assertThatThrownBy(() -> TunnelBench.command().parseArgs("--cases=tcp-sideways"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("tcp-up-1");
  }

  @ParameterizedTest
  @EnumSource(TunnelCase.class)
  void keys_of_cases_are_one_word(TunnelCase which) {
    assertThat(which.key())
        .matches("[a-z][A-Za-z0-9]+")
        .isEqualToIgnoringCase(which.toString().replace("-", ""));
  }

  @Test
  void lists_of_processors_are_read_as_the_kernel_writes_them() {
    assertThat(Processors.parse("0,2-4\n")).containsExactly(0, 2, 3, 4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1-", "-1", "1,,2"})
  void what_is_no_list_of_processors_is_refused(String list) {
    assertThatThrownBy(() -> Processors.parse(list))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write 0 or 0,2-3");
  }

  @Test
  void processors_that_the_machine_lacks_are_refused_with_those_that_it_has() {
    assertThatThrownBy(() -> Pinning.of("4095"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("this process may use ");
  }

  @Test
  void without_a_choice_nothing_is_pinned() {
    assertThat(Pinning.of("")).hasToString("nothing pinned");
  }
}
