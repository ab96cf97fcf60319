package dev.ovenbird.app.control;

/** What a supervisor may ask of a running agent. Each returns when it is done. */
public interface ControlActions {
  /** One line of JSON: ready, tun, lane, accepting, sessions. */
  String status();

  /** Lets new sessions in, or no longer. */
  void acceptNewSessions(boolean accept);

  /** Ends the sessions and closes everything. */
  void stop();

  /** Like stop, and nothing of the instance is left on the node. */
  void retire();

  /** Leaves the process, after {@link #stop} or {@link #retire} has been answered. */
  void exit();
}
