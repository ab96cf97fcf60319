package dev.ovenbird.app;

import dev.ovenbird.app.cluster.ClusterEnvironment;
import dev.ovenbird.app.cluster.ClusterSource;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.log.LogSetup;
import dev.ovenbird.app.rehearsal.Rehearsal;
import dev.ovenbird.app.rehearsal.RehearsalFolder;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.process.NiceLevel;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that waits beside the agent, to be it when that dies: what a start takes longest for,
 * the JVM, its classes and their compilation, is behind it then. It takes nothing of the machine
 * but a port of loopback while it rehearses, tells nobody of itself, and knows nothing that it will
 * not read again.
 */
final class SpareAgent {
  private static final Logger LOG = LoggerFactory.getLogger(SpareAgent.class);

  /** In memory, and writable wherever an agent runs. */
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private static final int LAST = 19;

  private final StartAhead ahead;
  private final Beginning beginning;
  private final AgentArguments arguments;
  private boolean isAgent;

  SpareAgent(StartAhead ahead, Beginning beginning, AgentArguments arguments) {
    this.ahead = ahead;
    this.beginning = beginning;
    this.arguments = arguments;
  }

  /** Returns when this process is the agent. */
  void awaitTurn() {
    // Before the first key is read.
    ahead.awaitNoDumps();
    // Its turn may come before it is done, and does not wait.
    Thread preparation = Thread.ofPlatform().name("spare").daemon().start(this::prepare);
    ahead.fdStore().awaitTurn();
    beginning.now();
    preparation.interrupt();
    speak(true);
  }

  private void prepare() {
    // With the threads that it starts: the agent is at work.
    NiceLevel.setForCurrentThread(LAST);
    try {
      InstanceConfig config = readAhead();
      hush();
      rehearse(SHARED_MEMORY.resolve("ovenbird-" + config.tunName() + "-rehearsal"));
    } catch (ConfigException | IOException | RuntimeException e) {
      // Whatever is wrong with the files may be right when they are wanted; it is said then.
      LOG.debug("The spare agent could not prepare itself", e);
    } catch (InterruptedException e) {
      return;
    }
    speak(false);
    // The garbage of a start would be held for as long as this waits.
    System.gc();
    LOG.atInfo().setMessage("A spare agent waits").addKeyValue("ms", beginning.millisSince()).log();
  }

  /** Nobody is to take the rehearsal's lines for an instance's. */
  private synchronized void hush() {
    if (!isAgent) {
      LogSetup.silence();
    }
  }

  private synchronized void speak(boolean asAgent) {
    isAgent |= asAgent;
    LogSetup.apply(arguments.logFormat(), arguments.logLevel());
  }

  /** Reads as a start does and forgets it: what it takes is the classes. */
  private InstanceConfig readAhead() throws ConfigException {
    InstanceConfig config =
        ConfigFile.read(
            arguments.source() == AgentArguments.Source.CLUSTER
                ? ClusterSource.config(ClusterEnvironment.read(System.getenv()))
                : arguments.path());
    Credentials credentials = Credentials.read(config.files());
    RosterIndex roster = RosterIndex.read(Path.of(config.files().roster()), config);
    new Instance(config, credentials, roster, ahead.aead(), ahead.fdStore(), () -> {}).rehearse();
    return config;
  }

  /** A tunnel of its own, with keys that nobody else has, over loopback. */
  private static void rehearse(Path path)
      throws ConfigException, IOException, InterruptedException {
    try (RehearsalFolder folder = RehearsalFolder.make(path)) {
      new Rehearsal(folder.path()).runFromFiles();
    }
  }
}
