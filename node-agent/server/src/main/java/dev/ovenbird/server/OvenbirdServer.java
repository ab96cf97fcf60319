package dev.ovenbird.server;

import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.ServerSettings.Egress;
import dev.ovenbird.server.host.HostNetwork.FirewallRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * One VPN server inside this process: an event loop with its listeners, TUN and sessions. Any
 * number may run in one JVM; nothing is static. All methods may be called from any thread but the
 * server's own (where the admission is asked).
 */
public final class OvenbirdServer implements AutoCloseable {
  private final ServerParts parts;
  private ServerSettings settings;
  private volatile boolean stopped;

  private OvenbirdServer(ServerSettings settings, ServerParts parts) {
    this.settings = settings;
    this.parts = parts;
  }

  /**
   * Binds the listeners, opens the TUN and serves.
   *
   * @throws StartException in one line: what failed, and the remedy; nothing is left behind
   */
  public static OvenbirdServer start(ServerSettings settings) {
    ServerParts parts = new ServerParts(settings);
    try {
      parts.start();
      return new OvenbirdServer(settings, parts);
    } catch (StartException e) {
      parts.close();
      throw e;
    } catch (RuntimeException e) {
      parts.close();
      throw new StartException("server " + settings.name() + ": " + e.getMessage(), e);
    }
  }

  /** Whether the server serves: listeners bound, TUN up, event loop alive. */
  public boolean isReady() {
    return !stopped && !parts.instance().hasFailed() && !parts.loop().isShuttingDown();
  }

  /**
   * The port that a listener is bound to; with several addresses, on the first.
   *
   * @throws IllegalArgumentException if there is no such listener
   */
  public int port(String listener) {
    return parts.port(listener);
  }

  /**
   * Applies what can change while serving: endpoint, admission, allowed destinations, client to
   * client, egress. Connected clients stay connected. Admission is not asked again: see {@link
   * #recheckAdmission}.
   *
   * @return names of other settings that differ and so take a restart; empty if none
   */
  public synchronized List<String> reload(ServerSettings next) {
    List<String> kept = new ArrayList<>();
    ServerSettings now = settings;
    keep(kept, "name", now.name(), next.name());
    keep(kept, "tun", now.tun(), next.tun());
    keep(kept, "network", now.network(), next.network());
    keep(kept, "listeners", now.listeners(), next.listeners());
    keep(kept, "lane", now.lane(), next.lane());
    keep(kept, "limits", now.limits(), next.limits());
    int sessions = now.endpoint().limits().maxSessions();
    keep(kept, "maxSessions", sessions, next.endpoint().limits().maxSessions());
    ServerSettings merged =
        now.toBuilder()
            .endpoint(kept.contains("maxSessions") ? now.endpoint() : next.endpoint())
            .admission(next.admission())
            .allowedDestinations(next.allowedDestinations())
            .clientToClient(next.clientToClient())
            .egress(next.egress())
            .build();
    FirewallRules firewall = firewall(merged);
    if (!firewall.equals(firewall(now))) {
      parts.network().apply(firewall);
    }
    settings = merged;
    onLoop("settings were reloaded", () -> parts.instance().apply(merged));
    return kept;
  }

  private static void keep(List<String> kept, String name, Object now, Object next) {
    if (!Objects.equals(now, next)) {
      kept.add(name);
    }
  }

  static FirewallRules firewall(ServerSettings settings) {
    return new FirewallRules(
        settings.allowedDestinations(),
        settings.clientToClient() == ClientToClient.ALLOW,
        settings.egress() == Egress.MASQUERADE);
  }

  /** Asks the admission about every session again and cuts off those now refused. */
  public void recheckAdmission() {
    onLoop("admission was rechecked", parts.instance()::recheckAdmission);
  }

  /** Ends a client's sessions: {@code AUTH_FAILED,reason}. */
  public void cutOff(String clientId, String reason) {
    onLoop("a client was cut off", () -> parts.instance().cutOff(clientId, reason));
  }

  /** Open sessions now; empty after {@link #stop}. */
  public List<SessionView> sessions() {
    return stopped ? List.of() : ask(parts.instance()::sessions);
  }

  /** Refuses new sessions from now on (drain), or accepts them again. */
  public void acceptNewSessions(boolean accept) {
    onLoop("draining was set", () -> parts.instance().acceptNewSessions(accept));
  }

  /**
   * Tells the clients to go elsewhere ({@code RESTART,[NP]}), closes everything and waits for it.
   * TUN, routes and firewall rules go with it. Does no harm twice.
   */
  public synchronized void stop() {
    if (!stopped) {
      stopped = true;
      parts.close();
    }
  }

  /**
   * The instance is gone for good. Today the same as {@link #stop}, which leaves nothing either.
   */
  public void retire() {
    stop();
  }

  /** Same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  private void onLoop(String doing, Runnable work) {
    if (!stopped) {
      ask(
          () -> {
            parts.instance().turn(doing, work);
            return Boolean.TRUE;
          });
    }
  }

  private <T> T ask(Supplier<T> question) {
    if (parts.loop().inEventLoop()) {
      return question.get();
    }
    try {
      return parts.loop().submit(question::get).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the server", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the server could not answer", e);
    }
  }
}
