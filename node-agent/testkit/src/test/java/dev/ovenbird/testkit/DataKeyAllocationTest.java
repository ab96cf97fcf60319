package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.KeyBlock;
import dev.ovenbird.protocol.wire.Role;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataKeyAllocationTest {
  @ParameterizedTest(name = "epoch {0}")
  @ValueSource(booleans = {false, true})
  void packets_cost_no_allocation(boolean epoch) {
    MemorySegment record = MemorySegment.ofArray(new byte[DataKey.RECORD_BYTES]);
    MemorySegment plain = MemorySegment.ofArray(new byte[1400]);
    byte[] secret = new byte[KeyBlock.BYTES];
    new Random(1).nextBytes(secret);
    KeyBlock block = KeyBlock.of(secret);
    DataFormat format =
        new DataFormat(DataCipher.AES_256_GCM, epoch, DataAuth.DEFAULT, CompressionFraming.NONE);
    int length = 1400 + format.overhead(true);
    MemorySegment packet = MemorySegment.ofArray(new byte[length]);
    try (DataKey key = format.key(new NoCipher(), block, Role.SERVER, 0, record, 0)) {
      long allocated =
          Allocation.bytesPerRun(
              10_000,
              () -> {
                key.seal(1, plain, 0, 1400, packet, 0);
                key.open(packet, 0, length);
                key.needsRenegotiation();
              });
      assertThat(allocated).isZero();
    }
  }
}
