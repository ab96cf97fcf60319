package dev.ovenbird.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.call.LinuxException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class NftTest {
  private final Nft nft = Nft.find();

  @Test
  void tables_come_and_go_by_name() {
    assertThat(nft.exists("ovbt0")).isFalse();
    nft.apply(
        "table inet ovbt0 {}\ntable inet ovbt01 {}\ntable inet other {}\ntable ip ovbt2 {}\n");
    assertThat(nft.tables("ovbt")).containsExactlyInAnyOrder("ovbt0", "ovbt01");
    assertThat(nft.delete("ovbt0")).isTrue();
    assertThat(nft.delete("ovbt0")).isFalse();
    assertThat(nft.exists("ovbt0")).isFalse();
    assertThat(nft.sweep("ovbt")).containsExactly("ovbt01");
    assertThat(nft.tables("")).containsExactly("other");
    assertThatIllegalArgumentException().isThrownBy(() -> nft.sweep(""));
  }

  @Test
  void a_bad_ruleset_changes_nothing() {
    assertThatThrownBy(() -> nft.apply("table inet ovbt0 {}\nnonsense\n"))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("nft -f -: ")
        .hasMessageContaining("syntax error");
    assertThat(nft.tables("")).isEmpty();
  }

  @Test
  void a_missing_program_is_said() {
    assertThatThrownBy(() -> new Nft(Path.of("/nonexistent/nft")).tables(""))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("can't run /nonexistent/nft");
    assertThat(Nft.isInstalled()).isTrue();
  }

  @Test
  void chains_of_others_that_drop_forwarded_packets_are_found() {
    assertThat(nft.droppingForwardChains()).isEmpty();
    nft.apply(
        """
        table ip filter {
          chain INPUT { type filter hook input priority 0; policy drop; }
          chain FORWARD { type filter hook forward priority 0; policy drop; }
        }
        """);
    assertThat(nft.droppingForwardChains()).containsExactly("ip filter FORWARD");
  }
}
