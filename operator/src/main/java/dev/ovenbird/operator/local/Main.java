package dev.ovenbird.operator.local;

import dev.ovenbird.operator.resolve.InvalidInputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Local mode's commands. */
@Command(
    name = "ovenbird",
    description = "An OpenVPN-protocol VPN that runs as a cluster.",
    subcommands = {UpCommand.class, InstanceCommand.class, DoctorCommand.class},
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    int status =
        new CommandLine(new Main())
            .setExecutionExceptionHandler((problem, line, parsed) -> explain(problem))
            .execute(arguments);
    flush();
    System.exit(status);
  }

  private static int explain(Exception problem) {
    switch (problem) {
      case InvalidInputException input ->
          input.lines().forEach(line -> System.err.println("ovenbird: " + line));
      case LocalException local -> System.err.println("ovenbird: " + local.getMessage());
      default -> {
        System.err.println("ovenbird: this is a defect, please report it: " + problem);
        for (StackTraceElement frame : problem.getStackTrace()) {
          System.err.println("  at " + frame);
        }
      }
    }
    return 1;
  }

  /** One whole line, from any thread. */
  static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  static void flush() {
    System.out.flush();
    System.err.flush();
  }
}
