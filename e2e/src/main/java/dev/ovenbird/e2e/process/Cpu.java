package dev.ovenbird.e2e.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor time of a process, user and system, all its threads, as the kernel counts it. */
public final class Cpu {
  /** USER_HZ, which is 100 on every Linux that Java runs on. */
  private static final double TICKS_PER_SECOND = 100;

  /** Seconds in the program itself and in the kernel on its behalf. */
  public record Split(double user, double system) {
    public double sum() {
      return user + system;
    }

    public Split minus(Split other) {
      return new Split(user - other.user, system - other.system);
    }
  }

  private Cpu() {}

  /** Seconds used since the process began. */
  public static double seconds(long pid) {
    return split(pid).sum();
  }

  /** The same in its two parts. */
  public static Split split(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The second field is the command's name in brackets and may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return new Split(
          Long.parseLong(fields[11]) / TICKS_PER_SECOND,
          Long.parseLong(fields[12]) / TICKS_PER_SECOND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
