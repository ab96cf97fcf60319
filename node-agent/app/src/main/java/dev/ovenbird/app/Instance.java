package dev.ovenbird.app;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.config.ReceiveIntervalSetting;
import dev.ovenbird.app.config.RestartFields;
import dev.ovenbird.app.config.SessionStoreSetting;
import dev.ovenbird.app.config.SettingsMapping;
import dev.ovenbird.app.control.ControlActions;
import dev.ovenbird.app.control.StatusLine;
import dev.ovenbird.app.password.Passwords;
import dev.ovenbird.app.roster.PushOptions;
import dev.ovenbird.app.roster.RosterAdmission;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.server.OvenbirdServer;
import dev.ovenbird.server.SessionView;
import dev.ovenbird.server.metric.CountingMetrics;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The instance that this process is: the server with what decides for it. Made before the server
 * runs, so that whoever asks gets an answer from the first moment.
 */
final class Instance implements ControlActions {
  private final SecureRandom random = new SecureRandom();
  private final CountingMetrics metrics = new CountingMetrics();
  private final SettingsMapping mapping;
  private final FdStore fdStore;
  private final Passwords passwords =
      new Passwords(random, () -> System.currentTimeMillis() / 1000);
  private final RosterAdmission admission;
  private final Runnable exit;
  // Held while the server starts or ends: an end waits for a start, so that it leaves nothing.
  private final Object lifecycle = new Object();
  private volatile boolean ended;
  private volatile InstanceConfig config;
  private volatile Credentials credentials;
  private volatile boolean accepting = true;
  private volatile @Nullable OvenbirdServer server;

  /**
   * @param aead for clients' data
   * @param fdStore what the supervisor keeps
   * @param exit leaves the process with status 0
   */
  Instance(
      InstanceConfig config,
      Credentials credentials,
      RosterIndex roster,
      AeadProvider aead,
      FdStore fdStore,
      Runnable exit) {
    this.mapping =
        new SettingsMapping(
            random,
            aead,
            metrics,
            fdStore,
            SessionStoreSetting.read(System.getenv()),
            ReceiveIntervalSetting.read(System.getenv()));
    this.fdStore = fdStore;
    this.config = config;
    this.credentials = credentials;
    this.exit = exit;
    this.admission =
        new RosterAdmission(
            roster, new PushOptions(config), () -> System.currentTimeMillis() / 1000);
    admission.acceptLegacyProfiles(config.tls().legacyWrap() != null);
    admission.requirePasswords(passwords.policy(config, credentials.tokenKeys()));
  }

  /** Starts the server, unless it was told to end before; throws what the server throws. */
  void start() throws ConfigException {
    TlsEngineFactory tls = mapping.tls(config, credentials);
    synchronized (lifecycle) {
      if (ended) {
        return;
      }
      server = OvenbirdServer.start(mapping.settings(config, credentials, tls, admission));
    }
    fdStore.closeRest();
    TlsWarmUp.start(SettingsMapping.provider(config), credentials, random);
  }

  /** Everything that {@link #start} does before it touches the machine. */
  void rehearse() throws ConfigException {
    mapping.settings(config, credentials, mapping.tls(config, credentials), admission);
  }

  InstanceConfig config() {
    return config;
  }

  Credentials credentials() {
    return credentials;
  }

  CountingMetrics metrics() {
    return metrics;
  }

  RosterAdmission admission() {
    return admission;
  }

  /** Whether a service is reached as clients reach it. */
  CompletableFuture<Boolean> probe(InetSocketAddress service) {
    OvenbirdServer running = server;
    return running == null || ended
        ? CompletableFuture.completedFuture(Boolean.FALSE)
        : running.probe(service);
  }

  boolean isReady() {
    OvenbirdServer running = server;
    return running != null && !ended && running.isReady();
  }

  /** Whether it was stopped or retired. */
  boolean hasEnded() {
    return ended;
  }

  boolean isAccepting() {
    return accepting;
  }

  /**
   * Takes over a new configuration or new keys without disturbing a session.
   *
   * @return the fields that take a new process instead; nothing was applied then
   */
  List<String> apply(InstanceConfig next, Credentials nextCredentials) throws ConfigException {
    List<String> restart = RestartFields.changed(config, next);
    OvenbirdServer running = server;
    if (!restart.isEmpty() || running == null) {
      return restart;
    }
    TlsEngineFactory tls = mapping.tls(next, nextCredentials);
    boolean legacy = next.tls().legacyWrap() != null;
    if (legacy) {
      // Before the first of them can come: a refused one would not try again.
      admission.acceptLegacyProfiles(true);
    }
    List<String> more = running.reload(mapping.settings(next, nextCredentials, tls, admission));
    if (more.isEmpty()) {
      admission.replacePush(new PushOptions(next));
      admission.acceptLegacyProfiles(legacy);
      admission.requirePasswords(passwords.policy(next, nextCredentials.tokenKeys()));
      config = next;
      credentials = nextCredentials;
      // Who is connected is told what is pushed now.
      recheck();
    }
    return more;
  }

  /** Takes over a new roster and ends the sessions that it no longer admits. */
  void apply(RosterIndex roster) {
    admission.replaceRoster(roster);
    recheck();
  }

  /** Ends the sessions that the roster no longer admits, now. */
  void recheck() {
    OvenbirdServer running = server;
    if (running != null) {
      running.recheckAdmission();
    }
  }

  Set<String> connectedClients() {
    return sessions().stream().map(SessionView::clientId).collect(Collectors.toSet());
  }

  List<SessionView> sessions() {
    OvenbirdServer running = server;
    return running == null || ended ? List.of() : running.sessions();
  }

  @Override
  public String status() {
    return StatusLine.of(
        isReady(),
        accepting,
        config.tunName(),
        config.lane(),
        sessions(),
        id -> {
          RosterIndex.Client client = admission.roster().client(id);
          return client == null ? "" : client.name();
        });
  }

  @Override
  public void acceptNewSessions(boolean accept) {
    OvenbirdServer running = server;
    if (running == null) {
      throw new IllegalStateException("the server is still starting");
    }
    running.acceptNewSessions(accept);
    accepting = accept;
  }

  /** Ends the client's session; it goes to its next remote. */
  void sendAway(String clientId) {
    OvenbirdServer running = server;
    if (running != null && !ended) {
      running.sendAway(clientId);
    }
  }

  @Override
  public void stop() {
    end(OvenbirdServer::stop);
  }

  @Override
  public void retire() {
    end(OvenbirdServer::retire);
  }

  private void end(Consumer<OvenbirdServer> how) {
    synchronized (lifecycle) {
      OvenbirdServer running = server;
      if (!ended && running != null) {
        ended = true;
        how.accept(running);
      }
      ended = true;
    }
  }

  @Override
  public void exit() {
    exit.run();
  }
}
