package dev.ovenbird.app;

import dev.ovenbird.app.cluster.ClusterEnvironment;
import dev.ovenbird.app.cluster.ClusterSource;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that waits beside the agent, to be it when that dies: what a start takes longest for,
 * the JVM and its classes, is behind it then. It opens nothing, tells nobody of itself, and knows
 * nothing that it will not read again.
 */
final class SpareAgent {
  private static final Logger LOG = LoggerFactory.getLogger(SpareAgent.class);

  private final StartAhead ahead;
  private final Beginning beginning;

  SpareAgent(StartAhead ahead, Beginning beginning) {
    this.ahead = ahead;
    this.beginning = beginning;
  }

  /** Returns when this process is the agent. */
  void awaitTurn(AgentArguments arguments) {
    // Before the first key is read.
    ahead.awaitNoDumps();
    try {
      rehearse(
          arguments.source() == AgentArguments.Source.CLUSTER
              ? ClusterSource.config(ClusterEnvironment.read(System.getenv()))
              : arguments.path());
    } catch (ConfigException | RuntimeException e) {
      // Whatever is wrong with the files may be right when they are wanted; it is said then.
      LOG.debug("The spare agent could not read ahead", e);
    }
    // The garbage of a start would be held for as long as this waits.
    System.gc();
    LOG.atInfo().setMessage("A spare agent waits").addKeyValue("ms", beginning.millisSince()).log();
    ahead.fdStore().awaitTurn();
    beginning.now();
  }

  /** Reads as a start does and forgets it: what it takes is the classes. */
  private void rehearse(Path file) throws ConfigException {
    InstanceConfig config = ConfigFile.read(file);
    Credentials credentials = Credentials.read(config.files());
    RosterIndex roster = RosterIndex.read(Path.of(config.files().roster()), config);
    new Instance(config, credentials, roster, ahead.aead(), ahead.fdStore(), () -> {}).rehearse();
  }
}
