package dev.ovenbird.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PushUpdateTest {
  private static final List<String> BEFORE =
      List.of(
          "topology subnet",
          "route-gateway 10.88.0.1",
          "route 10.96.0.0 255.240.0.0",
          "route 10.0.0.0 255.255.0.0",
          "dns search-domains svc.cluster.local",
          "explicit-exit-notify 1",
          "ifconfig 10.88.0.10 255.255.0.0");

  @Test
  void a_type_that_changed_is_said_whole_and_no_other_is() {
    List<String> after =
        List.of(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "route 10.96.0.0 255.240.0.0",
            "route 10.7.0.0 255.255.0.0",
            "dns search-domains svc.cluster.local",
            "explicit-exit-notify 1",
            "ifconfig 10.88.0.10 255.255.0.0");
    assertThat(PushUpdate.changes(BEFORE, after))
        .containsExactly("route 10.96.0.0 255.240.0.0", "route 10.7.0.0 255.255.0.0");
  }

  @Test
  void what_is_no_longer_pushed_is_taken_back() {
    List<String> after =
        List.of(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "redirect-gateway def1",
            "ifconfig 10.88.0.10 255.255.0.0");
    assertThat(PushUpdate.changes(BEFORE, after))
        .containsExactly("redirect-gateway def1", "-route");
  }

  @Test
  void names_are_never_changed_while_connected() {
    assertThat(PushUpdate.changes(List.of("dns a", "dhcp-option DNS b"), List.of("dns c")))
        .isEmpty();
  }

  @Test
  void equal_options_and_ones_that_no_client_changes_are_nothing_to_say() {
    assertThat(PushUpdate.changes(BEFORE, BEFORE)).isEmpty();
    assertThat(
            PushUpdate.changes(
                List.of("route 10.0.0.0", "sndbuf 100"), List.of("route 10.0.0.0", "sndbuf 200")))
        .isEmpty();
  }

  @Test
  void a_client_has_afterwards_what_the_server_wants_it_to_have() throws Exception {
    List<String> after =
        List.of(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "route 10.7.0.0 255.255.0.0",
            "dns search-domains svc.cluster.local",
            "explicit-exit-notify 1",
            "ifconfig 10.88.0.10 255.255.0.0");
    assertThat(PushUpdate.apply(BEFORE, PushUpdate.changes(BEFORE, after)).orElseThrow())
        .containsExactlyInAnyOrderElementsOf(after);
  }

  @Test
  void an_option_that_cannot_change_means_a_new_connection_unless_it_is_optional()
      throws Exception {
    assertThat(PushUpdate.apply(BEFORE, List.of("cipher AES-128-GCM"))).isEmpty();
    assertThat(PushUpdate.apply(BEFORE, List.of("-peer-id"))).isEmpty();
    assertThat(PushUpdate.apply(BEFORE, List.of("?cipher AES-128-GCM", "-?peer-id")).orElseThrow())
        .isEqualTo(BEFORE);
  }

  @Test
  void blanks_before_an_option_do_not_matter_and_nonsense_is_refused() throws Exception {
    assertThat(PushUpdate.apply(List.of("dns a"), List.of("  -dns")).orElseThrow()).isEmpty();
    for (String nonsense : List.of("?-dns", "--dns", "-", "?", "", "-route 10.0.0.0")) {
      assertThatThrownBy(() -> PushUpdate.apply(BEFORE, List.of(nonsense)))
          .as(nonsense)
          .isInstanceOf(MalformedMessageException.class);
    }
  }
}
