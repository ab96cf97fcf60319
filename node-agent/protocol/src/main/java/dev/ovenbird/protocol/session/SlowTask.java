package dev.ovenbird.protocol.session;

/**
 * A piece of work too slow for the packet thread: a step of a TLS handshake, a key derivation. The
 * host runs it on any other thread and hands it back to the endpoint that submitted it.
 */
public interface SlowTask extends Runnable {
  /**
   * Instead of {@link #run} where there is no room for it: what it was for fails. Hand the task
   * back all the same, from outside the call that submitted it, or its session stays as it is for
   * ever.
   */
  default void abandon() {}
}
