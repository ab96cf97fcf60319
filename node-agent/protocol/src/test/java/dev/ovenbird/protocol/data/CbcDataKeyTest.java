package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CbcDataKeyTest {
  private static final DataFormat SHA256 = format(DataCipher.AES_256_CBC, DataAuth.SHA256);

  private final KeyBlock block = KeyExpansionTest.labBlock();
  private final MemorySegment serverRecord = record();
  private final MemorySegment clientRecord = record();

  private static DataFormat format(DataCipher cipher, DataAuth auth) {
    return new DataFormat(cipher, false, auth, CompressionFraming.NONE);
  }

  private static MemorySegment record() {
    return MemorySegment.ofArray(new byte[DataKey.RECORD_BYTES]).fill((byte) 0x5a);
  }

  private DataKey key(Role self, DataFormat format) {
    MemorySegment record = self == Role.SERVER ? serverRecord : clientRecord;
    return format.key(new JdkAeadProvider(), block, self, 3, record, 0);
  }

  private static byte[] seal(DataKey key, DataFormat format, int peerId, byte[] plain) {
    byte[] out = new byte[plain.length + format.overhead(peerId >= 0)];
    int n =
        key.seal(
            peerId, MemorySegment.ofArray(plain), 0, plain.length, MemorySegment.ofArray(out), 0);
    return Arrays.copyOf(out, n);
  }

  private static int open(DataKey key, byte[] packet) {
    return key.open(MemorySegment.ofArray(packet), 0, packet.length);
  }

  static Stream<Arguments> formats() {
    return Stream.of(DataCipher.AES_256_CBC, DataCipher.AES_128_CBC)
        .flatMap(cipher -> Stream.of(DataAuth.values()).map(auth -> Arguments.of(cipher, auth)));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void both_directions_come_back(DataCipher cipher, DataAuth auth) {
    DataFormat format = format(cipher, auth);
    Random random = new Random(1);
    try (DataKey server = key(Role.SERVER, format);
        DataKey client = key(Role.CLIENT, format)) {
      for (int size : new int[] {1, 11, 12, 13, 1400, 1500, 8000}) {
        byte[] plain = new byte[size];
        random.nextBytes(plain);
        for (int peerId : new int[] {-1, 0, 0xABCDE}) {
          for (boolean toServer : new boolean[] {true, false}) {
            byte[] packet = seal(toServer ? client : server, format, peerId, plain);
            assertThat(open(toServer ? server : client, packet)).isEqualTo(size);
            int at = format.plaintextOffset(peerId >= 0);
            assertThat(Arrays.copyOfRange(packet, at, at + size)).isEqualTo(plain);
          }
        }
      }
    }
  }

  @Test
  void a_ping_is_as_long_as_in_the_lab() {
    try (DataKey client = key(Role.CLIENT, SHA256)) {
      byte[] ping = Ping.payload().toArray(ValueLayout.JAVA_BYTE);
      assertThat(seal(client, SHA256, 1, ping)).hasSize(84).startsWith(9 << 3 | 3, 0, 0, 1);
    }
  }

  /** Digest 5.3, computed without any code of ours but the key block. */
  @Test
  void layout_is_that_of_the_digest() throws Exception {
    byte[] plain = {1, 2, 3};
    byte[] packet;
    try (DataKey client = key(Role.CLIENT, SHA256)) {
      packet = seal(client, SHA256, 7, plain);
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(block.hmacKey(Role.CLIENT, DataAuth.SHA256), "HmacSHA256"));
    mac.update(packet, 4 + 32, packet.length - 36);
    assertThat(Arrays.copyOfRange(packet, 4, 36)).isEqualTo(mac.doFinal());
    Cipher aes = Cipher.getInstance("AES/CBC/PKCS5Padding");
    aes.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(block.cipherKey(Role.CLIENT, DataCipher.AES_256_CBC), "AES"),
        new IvParameterSpec(packet, 36, 16));
    assertThat(aes.doFinal(packet, 52, packet.length - 52)).containsExactly(0, 0, 0, 1, 1, 2, 3);
  }

  @Test
  void tampering_is_refused_at_every_byte_and_does_not_move_the_window() {
    try (DataKey server = key(Role.SERVER, SHA256);
        DataKey client = key(Role.CLIENT, SHA256)) {
      byte[] packet = seal(client, SHA256, 7, new byte[20]);
      byte[] before = serverRecord.toArray(ValueLayout.JAVA_BYTE);
      for (int i = 4; i < packet.length; i++) {
        byte[] changed = packet.clone();
        changed[i] ^= 4;
        assertThat(open(server, changed)).as("byte %s", i).isEqualTo(DataKey.BAD_TAG);
      }
      serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, 48, 0);
      assertThat(serverRecord.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
      assertThat(open(server, packet.clone())).isEqualTo(20);
      assertThat(open(server, packet.clone())).isEqualTo(DataKey.REPLAY);
    }
  }

  /** Whoever has the HMAC key and pads wrongly learns no more than who forges the HMAC. */
  @Test
  void wrong_padding_is_answered_like_a_wrong_hmac_and_what_is_forged_is_not_decrypted()
      throws Exception {
    try (DataKey server = key(Role.SERVER, SHA256);
        DataKey client = key(Role.CLIENT, SHA256)) {
      byte[] packet = seal(client, SHA256, 7, new byte[20]);
      byte[] padded = packet.clone();
      padded[padded.length - 17] ^= 1;
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(block.hmacKey(Role.CLIENT, DataAuth.SHA256), "HmacSHA256"));
      mac.update(padded, 36, padded.length - 36);
      System.arraycopy(mac.doFinal(), 0, padded, 4, 32);
      assertThat(open(server, padded)).isEqualTo(DataKey.BAD_TAG);
      byte[] forged = packet.clone();
      forged[5] ^= 1;
      byte[] untouched = forged.clone();
      assertThat(open(server, forged)).isEqualTo(DataKey.BAD_TAG);
      assertThat(forged).isEqualTo(untouched);
    }
  }

  @Test
  void lengths_that_no_packet_has_are_refused() {
    try (DataKey server = key(Role.SERVER, SHA256);
        DataKey client = key(Role.CLIENT, SHA256)) {
      for (int peerId : new int[] {-1, 1}) {
        byte[] packet = seal(client, SHA256, peerId, new byte[1]);
        for (int length = 0; length < packet.length; length++) {
          assertThat(server.open(MemorySegment.ofArray(packet), 0, length))
              .isEqualTo(DataKey.TOO_SHORT);
        }
      }
    }
  }

  @Test
  void no_iv_comes_twice_nor_follows_from_the_one_before() {
    try (DataKey client = key(Role.CLIENT, SHA256);
        DataKey server = key(Role.SERVER, SHA256)) {
      Set<String> ivs = new HashSet<>();
      for (int i = 0; i < 500; i++) {
        for (DataKey key : new DataKey[] {client, server}) {
          byte[] packet = seal(key, SHA256, 1, new byte[8]);
          ivs.add(Arrays.toString(Arrays.copyOfRange(packet, 36, 52)));
        }
      }
      assertThat(ivs).hasSize(1000);
    }
  }

  @Test
  void packet_ids_end_before_they_wrap_and_close_ends_the_key() {
    DataKey client = key(Role.CLIENT, SHA256);
    clientRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0xFEFFFFFFL);
    assertThat(client.needsRenegotiation()).isFalse();
    assertThat(seal(client, SHA256, 1, new byte[1])).isNotEmpty();
    assertThat(client.needsRenegotiation()).isTrue();
    clientRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0xFFFFFFFEL);
    assertThat(seal(client, SHA256, 1, new byte[1])).isEmpty();
    client.close();
    assertThat(clientRecord.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    assertThat(seal(client, SHA256, 1, new byte[1])).isEmpty();
    assertThat(open(client, new byte[97])).isEqualTo(DataKey.BAD_TAG);
  }
}
