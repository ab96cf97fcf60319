package dev.ovenbird.e2e.bench;

import java.nio.file.Path;

/** Memory of a process. */
final class Resident {
  private Resident() {}

  /** What of it lies in memory, heap, native memory and code together. */
  static long bytes(long pid) {
    return Processors.lines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
