package dev.ovenbird.operator.local;

/** Exit statuses of the agent that mean something to local mode. */
final class AgentExit {
  /** A changed setting takes a new process: start it again at once. */
  static final int RESTART = 4;

  private AgentExit() {}
}
