package dev.ovenbird.app.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.preflight.Finding.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTest {
  private static final Finding GOOD = new Finding("LinkMtu", State.Good, "Checked", "1500 bytes");
  private static final Finding BAD =
      new Finding("ForwardPolicy", State.Bad, "ForwardDropped", "dropped: accept it");
  private static final Finding TUN =
      new Finding("TunUsable", State.Bad, "DeviceForbidden", "may not be opened");
  private static final Finding FORWARDING =
      new Finding("IPv4Forwarding", State.Bad, "ForwardingOff", "off");

  private static String print(boolean root, int status, Finding... findings) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    assertThat(new Doctor(root).print(List.of(findings), out)).isEqualTo(status);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void a_bad_finding_is_shown_with_its_remedy_and_is_the_exit_status() {
    assertThat(print(true, 0, GOOD))
        .isEqualTo(
            """
            STATE    CHECK                WHAT
            ok       LinkMtu              1500 bytes
            Nothing is in the way.
            """);
    assertThat(print(true, 1, GOOD, BAD))
        .contains("BAD      ForwardPolicy        dropped: accept it\n")
        .endsWith("1 to mend.\n");
  }

  @Test
  void without_root_what_only_root_sees_is_unknown() {
    assertThat(print(false, 0, TUN))
        .contains("unknown  TunUsable", "sudo ./ovenbird doctor", "1 could not be checked");
    assertThat(print(true, 1, TUN)).contains("BAD      TunUsable");
  }

  @Test
  void forwarding_is_no_problem_where_it_is_switched_on_by_itself() {
    assertThat(print(true, 0, FORWARDING)).contains("ok       IPv4Forwarding", "switches it on");
  }

  @Test
  void this_machine_can_be_looked_at() throws Exception {
    assertThat(new Preflight().run(null, null))
        .extracting(Finding::type)
        .contains("TunUsable", "IPv4Forwarding", "ForwardPolicy", "LinkMtu", "ClockSane");
  }
}
