package dev.ovenbird.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.TestInstance;
import dev.ovenbird.crds.instance.InstanceConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SessionStoreSettingTest {
  private static final InstanceConfig IN_MEMORY = TestInstance.config(Path.of("/dev/shm"));
  private static final InstanceConfig ON_DISK = TestInstance.config(Path.of("/proc"));

  private static SessionStoreSetting setting(String value) {
    return SessionStoreSetting.read(Map.of("OVENBIRD_SESSION_STORE", value));
  }

  @Test
  void lies_beside_the_roster_where_that_is_in_memory_else_in_a_folder_of_its_own()
      throws ConfigException {
    SessionStoreSetting auto = SessionStoreSetting.read(Map.of());
    assertThat(auto.file(IN_MEMORY)).isEqualTo(Path.of("/dev/shm/sessions"));
    assertThat(auto.file(ON_DISK)).asString().endsWith("/ovenbird-ovb0b8f0c1e-0/sessions");
    assertThat(auto.checks().swapAllowed()).isFalse();
  }

  @Test
  void can_be_switched_off_and_put_elsewhere() throws ConfigException {
    assertThat(setting("off").file(IN_MEMORY)).isNull();
    assertThat(setting("/mnt/x").file(IN_MEMORY)).isEqualTo(Path.of("/mnt/x"));
    assertThatThrownBy(() -> setting("x").file(IN_MEMORY))
        .isInstanceOf(ConfigException.class)
        .hasMessage("OVENBIRD_SESSION_STORE is x: say auto, off, or an absolute path");
    assertThat(
            SessionStoreSetting.read(Map.of("OVENBIRD_SESSION_STORE_SWAP", "allow"))
                .checks()
                .swapAllowed())
        .isTrue();
  }
}
