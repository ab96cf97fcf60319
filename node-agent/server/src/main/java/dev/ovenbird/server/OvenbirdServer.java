package dev.ovenbird.server;

import java.util.List;

/**
 * One VPN server inside this process: an event loop with its listeners, TUN and sessions. Any
 * number may run in one JVM; nothing is static. All methods may be called from any thread.
 */
public final class OvenbirdServer implements AutoCloseable {
  private OvenbirdServer() {}

  /**
   * Binds the listeners, opens the TUN and serves.
   *
   * @throws StartException in one line: what failed, and the remedy; nothing is left behind
   */
  public static OvenbirdServer start(ServerSettings settings) {
    throw new UnsupportedOperationException(settings.name());
  }

  /** Whether the server serves: listeners bound, TUN up, event loop alive. */
  public boolean isReady() {
    throw new UnsupportedOperationException();
  }

  /** The port that a listener is bound to. */
  public int port(String listener) {
    throw new UnsupportedOperationException(listener);
  }

  /**
   * Applies what can change while serving: endpoint, admission, allowed destinations, client to
   * client, egress. Connected clients stay connected. Admission is not asked again: see {@link
   * #recheckAdmission}.
   *
   * @return names of other settings that differ and so take a restart; empty if none
   */
  public List<String> reload(ServerSettings settings) {
    throw new UnsupportedOperationException(settings.name());
  }

  /** Asks the admission about every session again and cuts off those now refused. */
  public void recheckAdmission() {
    throw new UnsupportedOperationException();
  }

  /** Ends a client's sessions: {@code AUTH_FAILED,reason}. */
  public void cutOff(String clientId, String reason) {
    throw new UnsupportedOperationException(clientId + reason);
  }

  /** Open sessions now. */
  public List<SessionView> sessions() {
    throw new UnsupportedOperationException();
  }

  /** Refuses new sessions from now on (drain), or accepts them again. */
  public void acceptNewSessions(boolean accept) {
    throw new UnsupportedOperationException(String.valueOf(accept));
  }

  /**
   * Tells the clients to go elsewhere ({@code RESTART,[NP]}), closes everything and waits for it.
   * Routes and firewall rules go with it.
   */
  public void stop() {
    throw new UnsupportedOperationException();
  }

  /** Like {@link #stop}, and afterwards nothing of this instance is left on the node. */
  public void retire() {
    throw new UnsupportedOperationException();
  }

  /** Same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }
}
