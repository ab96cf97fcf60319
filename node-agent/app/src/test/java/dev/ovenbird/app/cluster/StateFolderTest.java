package dev.ovenbird.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {
  @TempDir Path temp;

  @Test
  void folder_is_made_and_closed_to_others() throws Exception {
    Path path = temp.resolve("state");
    StateFolder.open(path);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rwx------");
  }

  @Test
  void a_link_a_file_and_somebody_elses_folder_are_refused() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("folder"));
    Path link = Files.createSymbolicLink(temp.resolve("link"), folder);
    assertThatThrownBy(() -> StateFolder.open(link))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is a link");
    Path file = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> StateFolder.open(file)).hasMessageContaining("no folder");
    Files.setAttribute(folder, "unix:uid", 1000);
    assertThatThrownBy(() -> StateFolder.open(folder)).hasMessageContaining("user 1000");
  }

  @Test
  void refused_content_leaves_no_trace() throws Exception {
    StateFolder folder = StateFolder.open(temp.resolve("state"));
    assertThatThrownBy(
            () ->
                folder.replace(
                    "roster.json",
                    new byte[] {1},
                    candidate -> {
                      throw new ConfigException("no");
                    }))
        .hasMessage("no");
    assertThat(temp.resolve("state")).isEmptyDirectory();
    assertThat(folder.replace("mode", new byte[] {1}, candidate -> {})).isTrue();
    assertThat(folder.replace("mode", new byte[] {1}, candidate -> {})).isFalse();
    folder.clear();
    assertThat(temp.resolve("state")).isEmptyDirectory();
    assertThat(folder.replace("mode", new byte[] {1}, candidate -> {})).isFalse();
    assertThat(temp.resolve("state")).as("retired for good").isEmptyDirectory();
  }
}
