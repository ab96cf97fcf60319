package dev.ovenbird.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The machine's processors: lists of them as the kernel writes them, and how busy they were. */
final class Processors {
  private static final double TICKS_PER_SECOND = 100;

  private Processors() {}

  /**
   * Reads a list such as {@code 0,2-3}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static SortedSet<Integer> parse(String list) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (String part : list.strip().split(",", -1)) {
      if (!part.matches("[0-9]{1,4}(-[0-9]{1,4})?")) {
        throw new IllegalArgumentException(
            "'" + list + "' is no list of processors: write 0 or 0,2-3");
      }
      String[] ends = part.split("-");
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int number = Integer.parseInt(ends[0]); number <= last; number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** Those that this process may use. */
  static SortedSet<Integer> allowed() {
    return parse(
        lines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("Cpus_allowed_list:"))
            .findFirst()
            .orElseThrow()
            .substring("Cpus_allowed_list:".length()));
  }

  /** Seconds in which each did anything since the machine's start, by number. */
  static double[] busySeconds() {
    return lines(Path.of("/proc/stat")).stream()
        .filter(line -> line.matches("cpu[0-9]+ .*"))
        .mapToDouble(Processors::busy)
        .toArray();
  }

  private static double busy(String line) {
    String[] fields = line.split(" +");
    double sum = 0;
    for (int i = 1; i <= 8; i++) {
      // Idle and waiting for disks are not work.
      sum += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
    }
    return sum / TICKS_PER_SECOND;
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
