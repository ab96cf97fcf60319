package dev.ovenbird.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class SessionIdTest {
  @Test
  void random_id_is_never_undefined() {
    SecureRandom zeroFirst =
        new SecureRandom() {
          private static final long serialVersionUID = 1L;
          private int calls;

          @Override
          public long nextLong() {
            return calls++ == 0 ? 0 : 7;
          }
        };
    assertThat(SessionId.random(zeroFirst)).isEqualTo(new SessionId(7));
    assertThat(SessionId.UNDEFINED.isDefined()).isFalse();
  }

  @Test
  void prints_sixteen_hex_digits() {
    assertThat(new SessionId(0xf419cb12d1f9e48fL)).hasToString("f419cb12d1f9e48f");
    assertThat(new SessionId(1)).hasToString("0000000000000001");
  }
}
