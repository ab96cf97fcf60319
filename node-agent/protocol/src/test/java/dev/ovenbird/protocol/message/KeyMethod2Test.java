package dev.ovenbird.protocol.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.data.DataAuth;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyMethod2Test {
  private static final int CLIENT_PREFIX = 117;
  private static final int SERVER_PREFIX = 69;

  private static ClientKeyMethod2 client(String options, String user, String password) {
    return new ClientKeyMethod2(
        random(48),
        random(32),
        random(32),
        options,
        user,
        password.getBytes(UTF_8),
        "IV_VER=2.6.14\n");
  }

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void client_message_comes_back() throws Exception {
    ClientKeyMethod2 sent = client("V4,dev-type tun", "alice", "pässword");
    byte[] encoded = sent.encode();
    assertThat(Arrays.copyOf(encoded, 5)).containsExactly(0, 0, 0, 0, 2);
    ClientKeyMethod2 read = ClientKeyMethod2.parse(encoded);
    assertThat(read.preMaster()).isEqualTo(sent.preMaster());
    assertThat(read.random1()).isEqualTo(sent.random1());
    assertThat(read.random2()).isEqualTo(sent.random2());
    assertThat(read.options()).isEqualTo("V4,dev-type tun");
    assertThat(read.username()).isEqualTo("alice");
    assertThat(new String(read.password(), UTF_8)).isEqualTo("pässword");
    assertThat(read.peerInfo()).isEqualTo("IV_VER=2.6.14\n");
  }

  @Test
  void server_message_comes_back() throws Exception {
    ServerKeyMethod2 sent =
        new ServerKeyMethod2(random(32), random(32), OccString.server(false, DataAuth.DEFAULT));
    byte[] encoded = sent.encode();
    assertThat(encoded).hasSize(SERVER_PREFIX + 2 + sent.options().length() + 1 + 6);
    ServerKeyMethod2 read = ServerKeyMethod2.parse(encoded);
    assertThat(read.random1()).isEqualTo(sent.random1());
    assertThat(read.random2()).isEqualTo(sent.random2());
    assertThat(read.options()).isEqualTo(sent.options());
  }

  @Test
  void empty_strings_are_a_zero_length_alone() {
    ClientKeyMethod2 empty =
        new ClientKeyMethod2(random(48), random(32), random(32), "", "", new byte[0], "");
    assertThat(empty.encode()).hasSize(CLIENT_PREFIX + 8);
  }

  @Test
  void strings_that_are_missing_are_empty() throws Exception {
    byte[] encoded = client("V4", "u", "p").encode();
    int afterOptions = CLIENT_PREFIX + 5;
    int afterUser = afterOptions + 4;
    for (int end : new int[] {CLIENT_PREFIX, afterOptions, afterUser, afterUser + 4}) {
      ClientKeyMethod2 read = ClientKeyMethod2.parse(Arrays.copyOf(encoded, end));
      assertThat(read.options()).isEqualTo(end > CLIENT_PREFIX ? "V4" : "");
      assertThat(read.username()).isEqualTo(end > afterOptions ? "u" : "");
      assertThat(new String(read.password(), UTF_8)).isEqualTo(end > afterUser ? "p" : "");
      assertThat(read.peerInfo()).isEmpty();
    }
  }

  @Test
  void a_lone_nul_is_an_empty_string_and_text_ends_at_the_first() throws Exception {
    byte[] prefix = Arrays.copyOf(client("", "", "").encode(), CLIENT_PREFIX);
    byte[] message = Arrays.copyOf(prefix, CLIENT_PREFIX + 3 + 6);
    message[CLIENT_PREFIX + 1] = 1;
    message[CLIENT_PREFIX + 4] = 4;
    message[CLIENT_PREFIX + 5] = 'a';
    message[CLIENT_PREFIX + 7] = 'b';
    ClientKeyMethod2 read = ClientKeyMethod2.parse(message);
    assertThat(read.options()).isEmpty();
    assertThat(read.username()).isEqualTo("a");
  }

  @Test
  void control_characters_in_credentials_become_underscores() throws Exception {
    ClientKeyMethod2 read = ClientKeyMethod2.parse(client("", "al\r\nice", "p\u0001w").encode());
    assertThat(read.username()).isEqualTo("al__ice");
    assertThat(new String(read.password(), UTF_8)).isEqualTo("p_w");
  }

  @Test
  void every_truncation_is_read_or_refused_and_nothing_else() {
    byte[] encoded = client("V4,dev-type tun", "alice", "password").encode();
    for (int length = 0; length < encoded.length; length++) {
      byte[] cut = Arrays.copyOf(encoded, length);
      boolean read = true;
      try {
        ClientKeyMethod2.parse(cut);
      } catch (MalformedMessageException e) {
        read = false;
        assertThat(e.getStackTrace()).isEmpty();
      }
      assertThat(read && length < CLIENT_PREFIX).isFalse();
    }
  }

  @Test
  void noise_is_read_or_refused_and_nothing_else() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      if (noise.length > 4) {
        noise[4] = 2;
      }
      try {
        ClientKeyMethod2.parse(noise);
        ServerKeyMethod2.parse(noise);
      } catch (MalformedMessageException expected) {
        assertThat(expected.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void another_key_method_is_refused_and_the_high_nibble_ignored() throws Exception {
    byte[] encoded = client("V4", "", "").encode();
    encoded[4] = (byte) 0xF2;
    encoded[0] = 9;
    assertThat(ClientKeyMethod2.parse(encoded).options()).isEqualTo("V4");
    encoded[4] = 1;
    assertThatThrownBy(() -> ClientKeyMethod2.parse(encoded))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void options_have_a_limit_of_512_with_the_nul() throws Exception {
    byte[] longest = client("o".repeat(511), "", "").encode();
    assertThat(ClientKeyMethod2.parse(longest).options()).hasSize(511);
    assertThatThrownBy(() -> client("o".repeat(512), "", "").encode())
        .isInstanceOf(IllegalArgumentException.class);
    byte[] larger = Arrays.copyOf(longest, longest.length + 10);
    larger[CLIENT_PREFIX] = 2;
    larger[CLIENT_PREFIX + 1] = 1;
    assertThatThrownBy(() -> ClientKeyMethod2.parse(larger))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void secrets_are_wiped_and_not_shown() {
    ClientKeyMethod2 message = client("V4", "alice", "hunter2");
    assertThat(message.toString()).doesNotContain("hunter2").doesNotContain("alice");
    message.wipe();
    assertThat(message.preMaster()).containsOnly(0);
    assertThat(message.random1()).containsOnly(0);
    assertThat(message.random2()).containsOnly(0);
  }

  @Test
  void text_is_utf_8() throws Exception {
    assertThat(new String(client("", "ü", "").encode(), UTF_8)).contains("ü");
  }
}
