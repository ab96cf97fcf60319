package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ClassicDataKeyTest {
  private static final int RECORD_AT = 5;

  private final KeyBlock block = KeyExpansionTest.labBlock();
  private final MemorySegment serverRecord = record();
  private final MemorySegment clientRecord = record();

  private static MemorySegment record() {
    // Filled and at an odd offset: nothing may depend on alignment or on what was there.
    return MemorySegment.ofArray(new byte[RECORD_AT + DataKey.RECORD_BYTES + 3]).fill((byte) 0x5a);
  }

  private DataKey key(Role self, DataCipher cipher) {
    return DataFormat.of(cipher)
        .key(
            new JdkAeadProvider(),
            block,
            self,
            3,
            self == Role.SERVER ? serverRecord : clientRecord,
            RECORD_AT);
  }

  private static MemorySegment seal(DataKey key, int peerId, byte[] plain) {
    byte[] out = new byte[plain.length + ClassicDataKey.overhead(peerId >= 0)];
    int n =
        key.seal(
            peerId, MemorySegment.ofArray(plain), 0, plain.length, MemorySegment.ofArray(out), 0);
    assertThat(n).isEqualTo(out.length);
    return MemorySegment.ofArray(out);
  }

  private static int open(DataKey key, MemorySegment packet) {
    return key.open(packet, 0, (int) packet.byteSize());
  }

  private static MemorySegment copy(MemorySegment packet) {
    return MemorySegment.ofArray(packet.toArray(ValueLayout.JAVA_BYTE));
  }

  private long field(MemorySegment record, long offset) {
    return record.get(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT + offset);
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void both_directions_and_formats_come_back(DataCipher cipher) {
    Random random = new Random(1);
    try (DataKey server = key(Role.SERVER, cipher);
        DataKey client = key(Role.CLIENT, cipher)) {
      for (int size : new int[] {1, 16, 1400, 1500, 8000}) {
        byte[] plain = new byte[size];
        random.nextBytes(plain);
        for (int peerId : new int[] {-1, 0, 0xABCDE}) {
          for (boolean toServer : new boolean[] {true, false}) {
            MemorySegment packet = seal(toServer ? client : server, peerId, plain);
            assertThat(open(toServer ? server : client, packet)).isEqualTo(size);
            int at = ClassicDataKey.overhead(peerId >= 0);
            assertThat(packet.asSlice(at).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
          }
        }
      }
    }
  }

  @Test
  void headers_are_those_of_the_digest() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_128_GCM)) {
      byte[] v2 = seal(server, 0x010203, new byte[4]).toArray(ValueLayout.JAVA_BYTE);
      assertThat(v2).startsWith(9 << 3 | 3, 1, 2, 3, 0, 0, 0, 1).hasSize(28);
      byte[] v1 = seal(server, -1, new byte[4]).toArray(ValueLayout.JAVA_BYTE);
      assertThat(v1).startsWith(6 << 3 | 3, 0, 0, 0, 2).hasSize(25);
    }
  }

  @Test
  void tampering_is_refused_and_does_not_move_the_window() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM);
        DataKey client = key(Role.CLIENT, DataCipher.AES_256_GCM)) {
      MemorySegment packet = seal(client, 7, new byte[20]);
      for (int i = 0; i < packet.byteSize(); i++) {
        MemorySegment changed = copy(packet);
        changed.set(
            ValueLayout.JAVA_BYTE, i, (byte) (changed.get(ValueLayout.JAVA_BYTE, i) ^ 0x04));
        assertThat(open(server, changed)).as("byte %s", i).isEqualTo(DataKey.BAD_TAG);
      }
      assertThat(field(serverRecord, 8)).isZero();
      assertThat(field(serverRecord, 48)).isEqualTo(packet.byteSize());
      assertThat(open(server, copy(packet))).isEqualTo(20);
      assertThat(open(server, copy(packet))).isEqualTo(DataKey.REPLAY);
    }
  }

  @Test
  void short_packets_are_refused_at_every_length() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM);
        DataKey client = key(Role.CLIENT, DataCipher.AES_256_GCM)) {
      for (int peerId : new int[] {-1, 1}) {
        MemorySegment packet = seal(client, peerId, new byte[1]);
        for (int length = 0; length < packet.byteSize(); length++) {
          assertThat(server.open(packet, 0, length)).isEqualTo(DataKey.TOO_SHORT);
        }
      }
    }
  }

  @Test
  void a_packet_is_not_accepted_by_its_own_sender() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM)) {
      assertThat(open(server, seal(server, 1, new byte[9]))).isEqualTo(DataKey.BAD_TAG);
    }
  }

  @Test
  void packet_ids_end_before_they_wrap() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM)) {
      assertThat(server.needsRenegotiation()).isFalse();
      serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT, 0xFEFFFFFFL);
      assertThat(server.needsRenegotiation()).isFalse();
      seal(server, 1, new byte[1]);
      assertThat(server.needsRenegotiation()).isTrue();
      serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT, 0xFFFFFFFDL);
      MemorySegment last = seal(server, 1, new byte[1]);
      assertThat(last.asSlice(4, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(-1, -1, -1, -2);
      MemorySegment out = MemorySegment.ofArray(new byte[64]);
      assertThat(server.seal(1, out, 32, 1, out, 0)).isZero();
      assertThat(server.seal(1, out, 32, 1, out, 0)).isZero();
    }
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void gcm_keys_are_renewed_at_seven_eighths_of_their_limit(DataCipher cipher) {
    long limit = (1L << 36) / 8 * 7;
    for (long field : new long[] {32, 40}) {
      try (DataKey server = key(Role.SERVER, cipher)) {
        serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT + field, limit);
        assertThat(server.needsRenegotiation()).isEqualTo(cipher != DataCipher.CHACHA20_POLY1305);
      }
    }
  }

  @Test
  void usage_counts_packets_and_blocks_of_each_direction() {
    try (DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM);
        DataKey client = key(Role.CLIENT, DataCipher.AES_256_GCM)) {
      open(server, seal(client, 1, new byte[1400 - 24]));
      assertThat(field(clientRecord, 32)).isEqualTo(1 + 88);
      assertThat(field(serverRecord, 40)).isEqualTo(1 + 88);
      assertThat(field(serverRecord, 32)).isZero();
    }
  }

  @Test
  void a_key_with_too_many_forgeries_is_renewed_and_then_useless() {
    try (DataKey server = key(Role.SERVER, DataCipher.CHACHA20_POLY1305);
        DataKey client = key(Role.CLIENT, DataCipher.CHACHA20_POLY1305)) {
      MemorySegment packet = seal(client, 1, new byte[5]);
      serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT + 48, (1L << 35) + 1);
      assertThat(server.needsRenegotiation()).isTrue();
      assertThat(open(server, copy(packet))).isEqualTo(5);
      serverRecord.set(ValueLayout.JAVA_LONG_UNALIGNED, RECORD_AT + 48, (1L << 36) + 1);
      assertThat(open(server, seal(client, 1, new byte[5]))).isEqualTo(DataKey.BAD_TAG);
    }
  }

  @Test
  void close_wipes_the_record_once_and_ends_the_key() {
    DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM);
    MemorySegment out = MemorySegment.ofArray(new byte[64]);
    assertThat(server.seal(1, out, 32, 4, out, 0)).isPositive();
    assertThat(field(serverRecord, 24)).isNotZero();
    server.close();
    byte[] wiped = serverRecord.toArray(ValueLayout.JAVA_BYTE);
    for (int i = 0; i < wiped.length; i++) {
      boolean inside = i >= RECORD_AT && i < RECORD_AT + DataKey.RECORD_BYTES;
      assertThat(wiped[i]).isEqualTo((byte) (inside ? 0 : 0x5a));
    }
    assertThat(server.seal(1, out, 32, 4, out, 0)).isZero();
    assertThat(server.open(out, 0, 40)).isEqualTo(DataKey.BAD_TAG);
    serverRecord.fill((byte) 1);
    server.close();
    assertThat(field(serverRecord, 0)).as("the record is somebody else's now").isNotZero();
  }

  @Test
  void key_ids_have_three_bits() {
    assertThatThrownBy(
            () ->
                DataFormat.of(DataCipher.AES_128_GCM)
                    .key(new JdkAeadProvider(), block, Role.SERVER, 8, serverRecord, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
