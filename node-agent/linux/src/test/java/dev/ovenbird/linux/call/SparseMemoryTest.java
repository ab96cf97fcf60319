package dev.ovenbird.linux.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SparseMemoryTest {
  private static final long LARGE = 1L << 28;

  @Test
  void it_is_zero_takes_room_only_where_written_to_and_goes_with_its_arena() throws IOException {
    long before = residentPages();
    Arena arena = Arena.ofConfined();
    MemorySegment memory = SparseMemory.allocate(arena, LARGE);
    assertThat(memory.isNative()).isTrue();
    assertThat(memory.byteSize()).isEqualTo(LARGE);
    assertThat(memory.address() % 4096).isZero();
    memory.set(ValueLayout.JAVA_BYTE, LARGE - 1, (byte) 7);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, LARGE - 1)).isEqualTo((byte) 7);
    assertThat(memory.get(ValueLayout.JAVA_LONG, LARGE / 2)).isZero();
    assertThat(residentPages() - before).isLessThan(LARGE / 4096 / 4);
    arena.close();
    assertThatIllegalStateException().isThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void more_than_there_is_is_an_error() {
    assertThatThrownBy(() -> SparseMemory.allocate(Arena.global(), 1L << 60))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("reserve 1152921504606846976 bytes of memory: ENOMEM");
  }

  private static long residentPages() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }
}
