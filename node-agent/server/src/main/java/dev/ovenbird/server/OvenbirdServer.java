package dev.ovenbird.server;

import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.ServerSettings.Egress;
import dev.ovenbird.server.host.HostNetwork.FirewallRules;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
   * Applies what can change while serving: endpoint, admission, networks behind clients, allowed
   * destinations, client to client, egress, nodes' addresses, DNS. Connected clients stay
   * connected. Admission is not asked again: see {@link #recheckAdmission}.
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
    keep(kept, "sessionStore", now.sessionStore(), next.sessionStore());
    int sessions = now.endpoint().limits().maxSessions();
    keep(kept, "maxSessions", sessions, next.endpoint().limits().maxSessions());
    ServerSettings merged =
        now.toBuilder()
            .endpoint(kept.contains("maxSessions") ? now.endpoint() : next.endpoint())
            .admission(next.admission())
            .clientNetworks(next.clientNetworks())
            .allowedDestinations(next.allowedDestinations())
            .clientToClient(next.clientToClient())
            .egress(next.egress())
            .nodeAddresses(next.nodeAddresses())
            .dns(next.dns())
            .build();
    FirewallRules before = firewall(now, parts.dnsPort());
    parts.forwardDns(merged.dns());
    FirewallRules firewall = firewall(merged, parts.dnsPort());
    if (!firewall.equals(before)) {
      parts.network().apply(firewall);
    }
    settings = merged;
    onLoop("settings were reloaded", () -> parts.instance().apply(merged));
    return kept;
  }

  private static void keep(
      List<String> kept, String name, @Nullable Object now, @Nullable Object next) {
    if (!Objects.equals(now, next)) {
      kept.add(name);
    }
  }

  static FirewallRules firewall(ServerSettings settings, int dnsPort) {
    return new FirewallRules(
        settings.allowedDestinations(),
        settings.clientToClient() == ClientToClient.ALLOW,
        settings.egress() == Egress.MASQUERADE,
        settings.nodeAddresses(),
        dnsPort);
  }

  /**
   * Asks the admission about every session again: cuts off those now refused, leads to the others
   * the networks that are behind them now, and tells them what is pushed now, if their clients take
   * it while connected.
   */
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

  /**
   * Tries whether a TCP service in the node's network is reached as clients reach it: a packet goes
   * into the TUN with an address of the tunnel's network that no client has.
   *
   * @param service with an IPv4 address
   * @return true if an answer came back; false after some seconds without one, and with an
   *     in-process TUN that nobody answers
   */
  public CompletableFuture<Boolean> probe(InetSocketAddress service) {
    return stopped
        ? CompletableFuture.completedFuture(Boolean.FALSE)
        : ask(() -> parts.instance().probe(service));
  }

  /** Tells a client to go to its next remote ({@code RESTART,[NP]}) and ends its session. */
  public void sendAway(String clientId) {
    onLoop("a client was sent away", () -> parts.instance().sendAway(clientId));
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

  /** Ends as if the process had been killed: no client is told, and the session store stays. */
  void kill() {
    if (!stopped) {
      stopped = true;
      parts.kill();
    }
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
