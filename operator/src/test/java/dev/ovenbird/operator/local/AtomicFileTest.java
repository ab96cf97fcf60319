package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path dir;

  @Test
  void full_disk_is_said_and_leaves_the_file_as_it_was() throws Exception {
    Path small = Files.createDirectory(dir.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=64k", "ovenbird-test", small.toString());
    try {
      Path file = small.resolve("state.json");
      AtomicFile.write(file, "before");
      assertThatThrownBy(() -> AtomicFile.write(file, "x".repeat(1 << 20)))
          .isInstanceOf(LocalException.class)
          .hasMessage(file + ": no space left on the device; free some and try again");
      assertThat(file).hasContent("before");
      try (var files = Files.list(small)) {
        assertThat(files).containsExactly(file);
      }
    } finally {
      run("umount", small.toString());
    }
  }

  @Test
  void missing_folder_is_said() {
    Path file = dir.resolve("none/state.json");
    assertThatThrownBy(() -> AtomicFile.write(file, ""))
        .hasMessage(file + ": no such file; check the path");
  }

  @Test
  void same_text_is_not_written_again() throws Exception {
    Path file = dir.resolve("a");
    assertThat(AtomicFile.update(file, "text")).isTrue();
    assertThat(AtomicFile.update(file, "text")).isFalse();
    assertThat(AtomicFile.update(file, "other")).isTrue();
    assertThat(file).hasContent("other");
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
