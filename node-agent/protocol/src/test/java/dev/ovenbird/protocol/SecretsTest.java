package dev.ovenbird.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.auth.ClientLogin;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.message.ServerKeyMethod2;
import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds a secret does not show it, and forgets it when told. */
class SecretsTest {
  private static final byte[] SECRET = "hunter2!".repeat(32).getBytes(StandardCharsets.US_ASCII);
  private static final List<String> FORMS =
      List.of(
          "hunter2",
          HexFormat.of().formatHex(SECRET).substring(0, 12),
          Base64.getEncoder().encodeToString(SECRET).substring(0, 8),
          Arrays.toString(SECRET).substring(1, 20));

  private static TlsCryptV2ServerKey serverKey() {
    return TlsCryptV2ServerKey.of(Arrays.copyOf(SECRET, TlsCryptV2ServerKey.BYTES));
  }

  private static ClientKeyMethod2 keyMethod() {
    return new ClientKeyMethod2(
        Arrays.copyOf(SECRET, 48),
        Arrays.copyOf(SECRET, 32),
        Arrays.copyOf(SECRET, 32),
        "hunter2",
        "hunter2",
        "hunter2".getBytes(StandardCharsets.US_ASCII),
        "UV_PASSWORD=hunter2");
  }

  static Stream<Object> holders() {
    StaticKey key = StaticKey.of(SECRET);
    byte[] wkc = WrappedClientKey.wrap(serverKey(), key, SECRET);
    return Stream.of(
        key,
        serverKey(),
        new ClientKeyFile(key, wkc),
        new WrappedClientKey.Opened(key, SECRET, 300),
        keyMethod(),
        new ServerKeyMethod2(Arrays.copyOf(SECRET, 32), Arrays.copyOf(SECRET, 32), "hunter2"),
        KeyBlock.of(SECRET),
        new TlsIdentity(List.of(SECRET), SECRET),
        AuthTokenKey.of(Arrays.copyOf(SECRET, AuthTokenKey.BYTES)),
        ClientLogin.of("hunter2", "hunter2"),
        new Attempt("hunter2", SECRET, "hunter2", false, "client", "client", "192.0.2.1"));
  }

  @ParameterizedTest
  @MethodSource("holders")
  void nothing_that_holds_a_secret_shows_it(Object holder) {
    for (String form : FORMS) {
      assertThat(holder.toString()).doesNotContain(form);
    }
  }

  @Test
  void reasons_why_a_key_is_refused_do_not_quote_it() {
    String text = "-----BEGIN OpenVPN Static key V1-----\nhunter2hunter2\n";
    for (String end : new String[] {"", "-----END OpenVPN Static key V1-----\n"}) {
      assertThatThrownBy(() -> StaticKey.parse(text + end))
          .isInstanceOf(KeyFormatException.class)
          .message()
          .doesNotContain("hunter2");
    }
  }

  @Test
  void keys_are_zero_after_their_end() throws ReflectiveOperationException {
    StaticKey key = StaticKey.of(SECRET);
    key.wipe();
    assertZero(key);
    TlsCryptV2ServerKey server = serverKey();
    server.wipe();
    assertZero(server);
    KeyBlock block = KeyBlock.of(SECRET);
    block.wipe();
    assertThat(block.toBytes()).containsOnly(0);
    ClientKeyMethod2 said = keyMethod();
    said.wipe();
    assertThat(said.password()).containsOnly(0);
    assertThat(said.preMaster()).containsOnly(0);
    assertThat(said.random1()).containsOnly(0);
    assertThat(said.random2()).containsOnly(0);
  }

  @Test
  void closed_data_key_leaves_nothing_in_its_record_and_opens_nothing() {
    byte[] record = new byte[DataKey.RECORD_BYTES];
    DataKey key =
        DataFormat.of(DataCipher.AES_256_GCM)
            .key(
                new JdkAeadProvider(),
                KeyBlock.of(SECRET),
                Role.CLIENT,
                0,
                MemorySegment.ofArray(record),
                0);
    MemorySegment out = MemorySegment.ofArray(new byte[100]);
    assertThat(key.seal(1, MemorySegment.ofArray(new byte[10]), 0, 10, out, 0)).isPositive();
    assertThat(record).isNotEqualTo(new byte[record.length]);
    key.close();
    assertThat(record).containsOnly(0);
    assertThat(key.seal(1, MemorySegment.ofArray(new byte[10]), 0, 10, out, 0)).isZero();
    assertThat(key.open(out, 0, 34)).isEqualTo(DataKey.BAD_TAG);
    assertThat(out.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) (9 << 3));
  }

  private static void assertZero(Object holder) throws ReflectiveOperationException {
    Field bytes = holder.getClass().getDeclaredField("bytes");
    bytes.setAccessible(true);
    assertThat((byte[]) bytes.get(holder)).containsOnly(0);
  }
}
