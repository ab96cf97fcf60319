package dev.ovenbird.app;

/** Why an agent cannot run, in one line for a person, and the exit status that goes with it. */
final class StartFailure extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitStatus;

  StartFailure(int exitStatus, String message, Throwable cause) {
    super(message, cause);
    this.exitStatus = exitStatus;
  }

  int exitStatus() {
    return exitStatus;
  }
}
