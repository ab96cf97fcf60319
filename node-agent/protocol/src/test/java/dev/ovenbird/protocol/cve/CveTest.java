package dev.ovenbird.protocol.cve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wrap.HardResetCookie;
import dev.ovenbird.protocol.wrap.ReplaySender;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CveTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void cve_2017_7478_a_control_packet_of_any_length_and_any_count_of_acks_is_read_or_refused() {
    Random random = new Random(7478);
    for (int length = 0; length < 3072; length += 1 + length / 64) {
      byte[] body = new byte[length];
      random.nextBytes(body);
      for (int acks = 0; acks < 256; acks++) {
        if (length > 0) {
          body[0] = (byte) acks;
        }
        for (boolean ackOnly : new boolean[] {true, false}) {
          try {
            ControlBody parsed = ControlBody.parse(ackOnly, body);
            assertThat(parsed.acks()).hasSizeLessThanOrEqualTo(ControlBody.MAX_ACKS);
          } catch (MalformedPacketException refused) {
            assertThat(refused.getStackTrace()).isEmpty();
          }
        }
      }
    }
  }

  @Test
  void cve_2017_7479_packet_ids_that_run_out_ask_for_a_new_key_and_end_without_a_word() {
    MemorySegment record = MemorySegment.ofArray(new long[DataKey.RECORD_BYTES / 8]);
    byte[] block = new byte[KeyBlock.BYTES];
    new Random(7479).nextBytes(block);
    DataKey key =
        DataFormat.of(DataCipher.AES_128_GCM)
            .key(new JdkAeadProvider(), KeyBlock.of(block), Role.SERVER, 0, record, 0);
    MemorySegment plain = MemorySegment.ofArray(new byte[100]);
    MemorySegment out = MemorySegment.ofArray(new byte[200]);
    assertThat(key.needsRenegotiation()).isFalse();
    record.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0xFF000000L - 1);
    assertThat(key.seal(1, plain, 0, 100, out, 0)).isPositive();
    assertThat(key.needsRenegotiation()).isTrue();
    record.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0xFFFFFFFFL - 2);
    assertThat(key.seal(1, plain, 0, 100, out, 0)).isPositive();
    for (int i = 0; i < 10; i++) {
      assertThat(key.seal(1, plain, 0, 100, out, 0)).isZero();
    }
    ReplaySender control = new ReplaySender(-2);
    assertThat(control.next(100)).isNotEqualTo(control.next(100)).isNotEqualTo(control.next(100));
  }

  @Test
  void cve_2024_5594_control_text_with_control_characters_is_no_message() {
    assertThat(TextMessage.parse(bytes("AUTH_FAILED,no\r\n\0")))
        .containsExactly(new TextMessage.AuthFailed("no"));
    for (char evil : "\u0001\t\n\r\u001b\u007f\u0080\u00ff".toCharArray()) {
      assertThat(TextMessage.parse(bytes("AUTH_FAILED," + evil + "x\0"))).isEmpty();
      assertThat(TextMessage.parse(bytes("PUSH_REPLY,a" + evil + "b\0"))).isEmpty();
    }
    // What follows a NUL is a message of its own, and judged by itself.
    assertThat(TextMessage.parse(bytes("INFO,a\0\u001b[2Jb\0"))).hasSize(1);
    assertThat(TextMessage.parse(new byte[16_384])).isEmpty();
  }

  @Test
  void cve_2025_13086_a_cookie_is_good_only_if_it_is_the_one_and_of_no_future_slot() {
    SecureRandom random = new SecureRandom();
    byte[] secret = new byte[HardResetCookie.SECRET_BYTES];
    random.nextBytes(secret);
    HardResetCookie cookie = new HardResetCookie(secret, 30 * SECOND);
    SessionId client = new SessionId(42);
    byte[] address = {1, 2, 3};
    long now = 1000 * SECOND;
    SessionId good = cookie.issue(client, address, now);
    assertThat(cookie.matches(good, client, address, now)).isTrue();
    for (int bit = 0; bit < 64; bit++) {
      SessionId other = new SessionId(good.value() ^ (1L << bit));
      assertThat(cookie.matches(other, client, address, now)).isFalse();
    }
    for (int ahead = 1; ahead < 4; ahead++) {
      SessionId future = cookie.issue(client, address, now + ahead * 30L * SECOND);
      assertThat(cookie.matches(future, client, address, now)).isFalse();
    }
  }

  @Test
  void cve_2026_35058_a_wrapped_key_that_states_the_whole_packet_is_refused() {
    SecureRandom random = new SecureRandom();
    TlsCryptV2ServerKey server = TlsCryptV2ServerKey.random(random);
    byte[] wkc = WrappedClientKey.wrap(server, StaticKey.random(random), new byte[8]);
    for (int before = 0; before < 60; before++) {
      byte[] packet = new byte[before + wkc.length];
      System.arraycopy(wkc, 0, packet, before, wkc.length);
      assertThat(WrappedClientKey.open(List.of(server), packet, packet.length) == null)
          .as("%d bytes before it", before)
          .isEqualTo(before == 0);
      for (int stated : new int[] {0, 1, 289, packet.length, packet.length + 1, 1025, 65_535}) {
        byte[] lie = packet.clone();
        lie[lie.length - 2] = (byte) (stated >>> 8);
        lie[lie.length - 1] = (byte) stated;
        assertThat(WrappedClientKey.open(List.of(server), lie, lie.length)).isNull();
      }
      byte[] cut = Arrays.copyOf(packet, packet.length - 1);
      assertThat(WrappedClientKey.open(List.of(server), cut, cut.length)).isNull();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
