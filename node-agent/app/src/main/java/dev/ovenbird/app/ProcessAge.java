package dev.ovenbird.app;

import dev.ovenbird.linux.clock.BootClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * How long ago this process was made. Not by {@link ProcessHandle}, which adds to the moment of the
 * boot, in whole seconds, and so is wrong by up to one.
 */
final class ProcessAge {
  /** USER_HZ of every architecture that the JDK runs on. */
  private static final long MILLIS_PER_TICK = 10;

  /**
   * After the name, which may hold anything: the state is proc(5)'s third field, starttime 22nd.
   */
  private static final int START_TIME = 22 - 3;

  private ProcessAge() {}

  /** In steps of 10 ms; -1 if it can't be read. */
  static long millis() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long begin = Long.parseLong(fields[START_TIME]) * MILLIS_PER_TICK;
      return TimeUnit.NANOSECONDS.toMillis(BootClock.bootNanos()) - begin;
    } catch (IOException | RuntimeException e) {
      return -1;
    }
  }
}
