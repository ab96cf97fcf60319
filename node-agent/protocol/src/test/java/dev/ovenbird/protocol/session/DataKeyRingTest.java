package dev.ovenbird.protocol.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DataKeyRingTest {
  private static final long LATER = Long.MAX_VALUE;

  private final Random random = new Random(7);
  private final MemorySegment memory =
      MemorySegment.ofArray(new byte[(int) ServerEndpoint.RECORD_BYTES]);
  private final DataKeyRing ring = new DataKeyRing(SessionRecord.unkept(memory, 0));

  private DataKey add(int keyId) {
    long offset = ring.reserve();
    assertThat(offset).isNotNegative();
    byte[] bytes = new byte[256];
    random.nextBytes(bytes);
    DataKey key =
        DataFormat.of(DataCipher.AES_256_GCM)
            .key(new JdkAeadProvider(), KeyBlock.of(bytes), Role.SERVER, keyId, memory, offset);
    ring.add(key, offset, LATER);
    return key;
  }

  /** OpenVPN 3 stays on its first key if soft resets come faster than it changes over. */
  @Test
  void key_that_data_comes_on_outlives_all_those_that_nobody_came_to_use() {
    DataKey first = add(0);
    for (int keyId = 1; keyId <= 7; keyId++) {
      add(keyId);
      assertThat(ring.find(0)).isSameAs(first);
      assertThat(ring.find(keyId)).isSameAs(ring.newest());
    }
    assertThat(ring.sending()).isSameAs(first);
    assertThat(ring.find(4)).isNull();

    DataKey newest = Objects.requireNonNull(ring.newest());
    ring.received(newest);
    add(1);
    add(2);
    add(3);
    assertThat(ring.find(0)).as("the first key, once data has come on a later one").isNull();
    assertThat(ring.sending()).isSameAs(newest);
  }

  @Test
  void secret_of_a_key_that_was_not_wanted_is_wiped() {
    MemorySegment kept = MemorySegment.ofArray(new byte[(int) SessionRecord.BYTES]);
    SessionRecord record = SessionRecord.kept(kept, 0);
    DataKeyRing keeping = new DataKeyRing(record);
    long offset = keeping.reserve();
    long secret = record.secretOffset(record.slotOf(offset));
    kept.asSlice(secret, 256).fill((byte) 7);
    keeping.release(offset);
    assertThat(kept.asSlice(secret, 256).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
  }

  @Test
  void client_that_follows_keeps_the_last_four() {
    for (int keyId = 0; keyId <= 5; keyId++) {
      add(keyId);
      ring.sendWithNewest();
    }
    assertThat(ring.find(1)).isNull();
    assertThat(ring.find(2)).isNotNull();
  }
}
