package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class EpochDataKeyTest {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int RECORD_AT = 5;

  /** Epoch 1, all of its counter. */
  private static final long LAST_ID = 0x0001_FFFF_FFFF_FFFFL;

  /** Offsets of the record. */
  private static final int SENT = 0;

  private static final int SEALED = 32;
  private static final int OPENED = 40;
  private static final int FORGERIES = 48;

  private final CountingProvider ciphers = new CountingProvider();
  private final MemorySegment serverRecord = record();
  private final MemorySegment clientRecord = record();
  private DataKey server = key(Role.SERVER, DataCipher.AES_256_GCM);
  private DataKey client = key(Role.CLIENT, DataCipher.AES_256_GCM);

  /** The JDK's, and how many were made and closed. */
  private static final class CountingProvider implements AeadProvider {
    private final JdkAeadProvider jdk = new JdkAeadProvider();
    int made;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
      made++;
      return jdk.create(cipher, key, forSealing);
    }
  }

  private static MemorySegment record() {
    return MemorySegment.ofArray(new byte[RECORD_AT + DataKey.RECORD_BYTES + 3]).fill((byte) 0x5a);
  }

  private DataKey key(Role self, DataCipher cipher) {
    return new DataFormat(cipher, true, DataAuth.DEFAULT, CompressionFraming.NONE)
        .key(
            ciphers,
            KeyExpansionTest.labBlock(),
            self,
            3,
            self == Role.SERVER ? serverRecord : clientRecord,
            RECORD_AT);
  }

  @BeforeEach
  void nothing_is_counted() {
    ciphers.made = 0;
  }

  @AfterEach
  void close() {
    server.close();
    client.close();
  }

  private static MemorySegment seal(DataKey key, int length) {
    byte[] out = new byte[length + 28];
    MemorySegment plain = MemorySegment.ofArray(new byte[length]);
    assertThat(key.seal(7, plain, 0, length, MemorySegment.ofArray(out), 0)).isEqualTo(length + 28);
    return MemorySegment.ofArray(out);
  }

  private static int open(DataKey key, MemorySegment packet) {
    MemorySegment copy = MemorySegment.ofArray(packet.toArray(ValueLayout.JAVA_BYTE));
    return key.open(copy, 0, (int) copy.byteSize());
  }

  private static int epoch(MemorySegment packet) {
    return packet.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 4) & 0xffff;
  }

  private static MemorySegment inEpoch(MemorySegment packet, int epoch) {
    MemorySegment copy = MemorySegment.ofArray(packet.toArray(ValueLayout.JAVA_BYTE));
    copy.set(ValueLayout.JAVA_BYTE, 4, (byte) (epoch >> 8));
    copy.set(ValueLayout.JAVA_BYTE, 5, (byte) epoch);
    return copy;
  }

  private static long field(MemorySegment record, int offset) {
    return record.get(LONG, RECORD_AT + offset);
  }

  private static void field(MemorySegment record, int offset, long value) {
    record.set(LONG, RECORD_AT + offset, value);
  }

  /** Has the client's next packet be of the next epoch. */
  private void exhaustClient() {
    field(clientRecord, SEALED, (1L << 36) - 1);
  }

  @ParameterizedTest
  @FieldSource("dev.ovenbird.protocol.data.DataCipher#DEFAULT")
  void both_directions_come_back(DataCipher cipher) {
    Random random = new Random(1);
    try (DataKey one = key(Role.SERVER, cipher);
        DataKey other = key(Role.CLIENT, cipher)) {
      for (int size : new int[] {1, 16, 1400, 8000}) {
        byte[] plain = new byte[size];
        random.nextBytes(plain);
        MemorySegment packet = MemorySegment.ofArray(new byte[size + 28]);
        for (boolean toServer : new boolean[] {true, false}) {
          DataKey sender = toServer ? other : one;
          assertThat(sender.seal(7, MemorySegment.ofArray(plain), 0, size, packet, 0))
              .isEqualTo(size + 28);
          assertThat((toServer ? one : other).open(packet, 0, size + 28)).isEqualTo(size);
          assertThat(packet.asSlice(12, size).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
        }
      }
    }
  }

  @Test
  void header_is_that_of_the_digest() {
    byte[] packet = seal(server, 4).toArray(ValueLayout.JAVA_BYTE);
    assertThat(packet).startsWith(9 << 3 | 3, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 1).hasSize(32);
  }

  @Test
  void data_v1_has_no_epochs() {
    MemorySegment out = MemorySegment.ofArray(new byte[64]);
    assertThat(server.seal(-1, out, 32, 4, out, 0)).isZero();
    MemorySegment v1 = seal(client, 4);
    v1.set(ValueLayout.JAVA_BYTE, 0, (byte) (6 << 3 | 3));
    assertThat(open(server, v1)).isEqualTo(DataKey.UNKNOWN_EPOCH);
  }

  @Test
  void short_packets_are_refused_at_every_length() {
    MemorySegment packet = seal(client, 1);
    for (int length = 0; length < packet.byteSize(); length++) {
      assertThat(server.open(packet, 0, length)).isEqualTo(DataKey.TOO_SHORT);
    }
  }

  @Test
  void tampering_is_refused_and_does_not_move_the_window() {
    MemorySegment packet = seal(client, 20);
    byte[] before = serverRecord.toArray(ValueLayout.JAVA_BYTE);
    for (int i = 0; i < packet.byteSize(); i++) {
      MemorySegment changed = MemorySegment.ofArray(packet.toArray(ValueLayout.JAVA_BYTE));
      changed.set(ValueLayout.JAVA_BYTE, i, (byte) (changed.get(ValueLayout.JAVA_BYTE, i) ^ 0x04));
      assertThat(open(server, changed)).as("byte %s", i).isNegative();
    }
    field(serverRecord, FORGERIES, 0);
    assertThat(serverRecord.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    assertThat(open(server, packet)).isEqualTo(20);
    assertThat(open(server, packet)).isEqualTo(DataKey.REPLAY);
  }

  @Test
  void sender_goes_on_to_the_next_epoch_at_its_limit_and_the_receiver_follows() {
    MemorySegment late = seal(client, 10);
    MemorySegment last = seal(client, 10);
    exhaustClient();
    MemorySegment first = seal(client, 10);
    assertThat(epoch(first)).isEqualTo(2);
    assertThat(field(clientRecord, SENT)).isEqualTo(2L << 48 | 1);
    assertThat(open(server, last)).isEqualTo(10);
    assertThat(open(server, first)).isEqualTo(10);
    assertThat(open(server, late)).as("in the epoch before").isEqualTo(10);
    assertThat(open(server, late)).isEqualTo(DataKey.REPLAY);
    assertThat(open(server, last)).isEqualTo(DataKey.REPLAY);
    assertThat(open(server, first)).isEqualTo(DataKey.REPLAY);
    assertThat(epoch(seal(server, 10))).as("the receiver's own sending").isEqualTo(2);
    assertThat(field(serverRecord, SENT)).isEqualTo(2L << 48 | 1);
  }

  @Test
  void epoch_before_last_is_gone() {
    MemorySegment old = seal(client, 10);
    for (int i = 0; i < 2; i++) {
      exhaustClient();
      assertThat(open(server, seal(client, 10))).isEqualTo(10);
    }
    assertThat(open(server, old)).isEqualTo(DataKey.UNKNOWN_EPOCH);
    assertThat(open(server, inEpoch(old, 0))).isEqualTo(DataKey.UNKNOWN_EPOCH);
  }

  @Test
  void counter_and_usage_begin_anew_in_every_epoch() {
    field(clientRecord, SENT, LAST_ID);
    MemorySegment packet = seal(client, 10);
    assertThat(epoch(packet)).isEqualTo(2);
    assertThat(field(clientRecord, SEALED)).isEqualTo(1 + 3);
    field(serverRecord, OPENED, 99);
    assertThat(open(server, packet)).isEqualTo(10);
    assertThat(field(serverRecord, OPENED)).isEqualTo(1 + 3);
  }

  @Test
  void last_counter_is_used_and_none_after_it() {
    field(clientRecord, SENT, LAST_ID - 1);
    assertThat(epoch(seal(client, 1))).isEqualTo(1);
    assertThat(epoch(seal(client, 1))).isEqualTo(2);
  }

  @Test
  void chacha_has_no_limit_but_its_counter() {
    client.close();
    client = key(Role.CLIENT, DataCipher.CHACHA20_POLY1305);
    field(clientRecord, SEALED, 1L << 40);
    assertThat(epoch(seal(client, 1))).isEqualTo(1);
  }

  @Test
  void peer_that_has_used_up_its_key_is_nudged_once() {
    field(serverRecord, OPENED, 1L << 36);
    assertThat(epoch(seal(server, 1))).isEqualTo(2);
    MemorySegment nudge = seal(server, 1);
    assertThat(epoch(nudge)).isEqualTo(2);
    assertThat(open(client, nudge)).isEqualTo(1);
    MemorySegment followed = seal(client, 1);
    assertThat(epoch(followed)).isEqualTo(2);
    assertThat(open(server, followed)).isEqualTo(1);
    assertThat(epoch(seal(server, 1))).isEqualTo(2);
  }

  @Test
  void key_that_is_forged_too_often_is_replaced_and_then_useless() {
    field(serverRecord, FORGERIES, (1L << 35) + 1);
    assertThat(epoch(seal(server, 1))).isEqualTo(2);
    field(serverRecord, FORGERIES, (1L << 36) + 1);
    assertThat(open(server, seal(client, 1))).isEqualTo(DataKey.BAD_TAG);
    exhaustClient();
    assertThat(open(server, seal(client, 1))).as("a fresh key").isEqualTo(1);
    assertThat(field(serverRecord, FORGERIES)).isZero();
  }

  /** CVE-2025-15497: a peer that jumped exactly as far as it may ran into an assertion. */
  @Test
  void cve_2025_15497_jump_to_the_last_future_epoch_is_taken_and_one_further_is_not() {
    MemorySegment old = seal(client, 3);
    MemorySegment jumped = sealAhead(EpochReceiver.FUTURE);
    MemorySegment tooFar = sealAhead(EpochReceiver.FUTURE + 1);
    assertThat(open(server, tooFar)).isEqualTo(DataKey.UNKNOWN_EPOCH);
    assertThat(open(server, jumped)).isEqualTo(3);
    assertThat(open(server, old)).as("the epoch before").isEqualTo(3);
    assertThat(epoch(seal(server, 3))).isEqualTo(1 + EpochReceiver.FUTURE);
    assertThat(open(server, tooFar)).isEqualTo(DataKey.UNKNOWN_EPOCH);
  }

  /** A packet of the client's after so many epochs. */
  private MemorySegment sealAhead(int epochs) {
    MemorySegment packet = seal(client, 3);
    for (int i = 0; i < epochs; i++) {
      exhaustClient();
      packet = seal(client, 3);
    }
    return packet;
  }

  @Test
  void forged_epochs_cost_a_few_keys_in_all_and_change_nothing() {
    MemorySegment packet = seal(client, 50);
    byte[] before = serverRecord.toArray(ValueLayout.JAVA_BYTE);
    for (int round = 0; round < 3; round++) {
      for (int epoch = 2; epoch <= 0xFFFF; epoch++) {
        int expected = epoch <= 1 + EpochReceiver.FUTURE ? DataKey.BAD_TAG : DataKey.UNKNOWN_EPOCH;
        assertThat(open(server, inEpoch(packet, epoch))).isEqualTo(expected);
      }
    }
    assertThat(ciphers.made).isEqualTo(EpochReceiver.FUTURE);
    assertThat(field(serverRecord, FORGERIES)).isEqualTo(3 * EpochReceiver.FUTURE);
    field(serverRecord, FORGERIES, 0);
    assertThat(serverRecord.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    assertThat(open(server, packet)).isEqualTo(50);
  }

  @Test
  void counter_zero_is_refused() {
    MemorySegment packet = seal(client, 5);
    packet.set(ValueLayout.JAVA_BYTE, 11, (byte) 0);
    assertThat(open(server, packet)).isEqualTo(DataKey.REPLAY);
  }

  @Test
  void epochs_end_before_they_wrap() {
    MemorySegment out = MemorySegment.ofArray(new byte[64]);
    assertThat(client.needsRenegotiation()).isFalse();
    for (int epoch = 2; epoch <= EpochReceiver.LAST_EPOCH; epoch++) {
      exhaustClient();
      assertThat(client.seal(7, out, 40, 1, out, 0)).isPositive();
      assertThat(epoch(out)).isEqualTo(epoch);
      assertThat(client.needsRenegotiation()).isEqualTo(epoch >= 0xF000);
    }
    exhaustClient();
    assertThat(client.seal(7, out, 40, 1, out, 0)).isZero();
    assertThat(client.seal(7, out, 40, 1, out, 0)).isZero();
  }

  @Test
  void close_wipes_the_record_and_ends_the_key() {
    MemorySegment packet = seal(client, 5);
    server.close();
    byte[] wiped = serverRecord.toArray(ValueLayout.JAVA_BYTE);
    for (int i = 0; i < wiped.length; i++) {
      boolean inside = i >= RECORD_AT && i < RECORD_AT + DataKey.RECORD_BYTES;
      assertThat(wiped[i]).isEqualTo((byte) (inside ? 0 : 0x5a));
    }
    assertThat(open(server, packet)).isEqualTo(DataKey.BAD_TAG);
    assertThat(server.seal(7, packet, 12, 5, packet, 0)).isZero();
    assertThat(server.needsRenegotiation()).isFalse();
  }
}
