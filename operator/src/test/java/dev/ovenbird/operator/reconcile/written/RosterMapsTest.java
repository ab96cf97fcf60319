package dev.ovenbird.operator.reconcile.written;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.Roster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RosterMapsTest {
  private static @Nullable Roster read(String text) {
    return RosterMaps.roster(new ConfigMapBuilder().withData(Map.of(RosterMaps.KEY, text)).build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "{\"clusterUid\":\"c\",\"generation\":1,\"renderedAtSeconds\":1}",
        "{\"clusterUid\":\"c\",\"generation\":1,\"renderedAtSeconds\":1,\"clients\":[null]}",
        "{\"clusterUid\":\"c\",\"generation\":1,\"renderedAtSeconds\":1,\"clients\":[{}]}"
      })
  void what_somebody_made_of_a_shard_by_hand_is_no_roster(String text) {
    assertThat(read(text)).isNull();
  }

  @Test
  void a_shard_of_nobody_is_one() {
    Roster roster =
        read("{\"clusterUid\":\"c\",\"generation\":1,\"renderedAtSeconds\":1,\"clients\":[]}");
    assertThat(roster).isNotNull();
  }
}
