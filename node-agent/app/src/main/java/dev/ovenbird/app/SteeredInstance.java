package dev.ovenbird.app;

import dev.ovenbird.app.cluster.LocalInstance;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.server.SessionView;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The instance as the cluster steers it. */
final class SteeredInstance implements LocalInstance {
  /** Clients sent away at once; the others' turn comes {@value #PAUSE_MILLIS} ms later. */
  private static final int BATCH = 20;

  private static final long PAUSE_MILLIS = 200;
  private static final Logger LOG = LoggerFactory.getLogger(SteeredInstance.class);

  private final Instance instance;
  private volatile boolean draining;

  SteeredInstance(Instance instance) {
    this.instance = instance;
  }

  @Override
  public boolean isReady() {
    return instance.isReady();
  }

  @Override
  public List<VpnInstanceStatus.Session> sessions() {
    RosterIndex roster = instance.admission().roster();
    List<VpnInstanceStatus.Session> sessions = new ArrayList<>();
    for (SessionView view : instance.sessions()) {
      RosterIndex.Client client = roster.client(view.clientId());
      if (client != null) {
        sessions.add(
            new VpnInstanceStatus.Session(client.uid(), client.name(), view.since().toString()));
      }
    }
    return sessions;
  }

  @Override
  public List<Integer> serverKeyGenerations() {
    return instance.credentials().wrapKeyGenerations();
  }

  @Override
  public void serve() {
    draining = false;
    instance.acceptNewSessions(true);
  }

  @Override
  public void drain() {
    instance.acceptNewSessions(false);
    draining = true;
    Thread.ofVirtual().name("drain").start(this::sendAway);
  }

  /** Some after the other, so that they don't arrive elsewhere as a storm. */
  private void sendAway() {
    try {
      List<SessionView> left = instance.sessions();
      while (draining && !left.isEmpty()) {
        left.stream().limit(BATCH).forEach(this::sendAway);
        Thread.sleep(PAUSE_MILLIS);
        left = instance.sessions();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One that fails keeps no other here: who waits for the drain would wait for ever. */
  private void sendAway(SessionView client) {
    try {
      instance.sendAway(client.clientId());
    } catch (RuntimeException e) {
      LOG.atWarn().setMessage("A client was not sent away, trying again").setCause(e).log();
    }
  }

  @Override
  public boolean isEmpty() {
    return instance.sessions().isEmpty();
  }

  @Override
  public void retire() {
    draining = false;
    instance.retire();
  }
}
