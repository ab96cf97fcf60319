package dev.ovenbird.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.server.loop.ReceiveModeration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiveIntervalSettingTest {
  private static long nanos(String value) throws ConfigException {
    return ReceiveIntervalSetting.read(Map.of("OVENBIRD_RECEIVE_INTERVAL", value)).nanos();
  }

  @Test
  void is_automatic_until_it_is_switched_off_or_set() throws ConfigException {
    assertThat(ReceiveIntervalSetting.read(Map.of()).nanos())
        .isEqualTo(ReceiveModeration.DEFAULT_INTERVAL_NANOS);
    assertThat(nanos("auto")).isEqualTo(ReceiveModeration.DEFAULT_INTERVAL_NANOS);
    assertThat(nanos("off")).isZero();
    assertThat(nanos("150us")).isEqualTo(150_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"150", "-1us", "1001us", "2ms"})
  void anything_else_is_refused_in_words(String value) {
    assertThatThrownBy(() -> nanos(value))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "OVENBIRD_RECEIVE_INTERVAL is %s: say auto, off, or microseconds from 0us to 1000us",
            value);
  }
}
