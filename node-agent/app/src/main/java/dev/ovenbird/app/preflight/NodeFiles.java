package dev.ovenbird.app.preflight;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a node shows its state; other folders in tests.
 *
 * @param proc /proc
 * @param sys /sys
 * @param tunDevice /dev/net/tun
 * @param resolvConf /etc/resolv.conf
 */
record NodeFiles(Path proc, Path sys, Path tunDevice, Path resolvConf) {
  static final NodeFiles REAL =
      new NodeFiles(
          Path.of("/proc"), Path.of("/sys"), Path.of("/dev/net/tun"), Path.of("/etc/resolv.conf"));

  /** The first line of a file; null if it can't be read. */
  static @Nullable String line(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? null : lines.get(0).strip();
  }

  /** All lines of a file; none if it can't be read. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
