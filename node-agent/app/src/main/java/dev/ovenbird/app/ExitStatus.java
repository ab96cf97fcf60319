package dev.ovenbird.app;

/** What the agent's exit status says to a supervisor. */
public final class ExitStatus {
  /** Stopped by a signal or by the control socket. */
  public static final int OK = 0;

  /** A defect: the log says more. */
  public static final int FAILED = 1;

  /** Command line, configuration, keys or roster: a person must change a file. */
  public static final int CONFIG = 2;

  /** The machine: no /dev/net/tun, a missing capability, a port in use. */
  public static final int ENVIRONMENT = 3;

  /** The configuration changed in a field that takes a new process: start again at once. */
  public static final int RESTART = 4;

  private ExitStatus() {}
}
