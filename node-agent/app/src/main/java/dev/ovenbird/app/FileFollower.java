package dev.ovenbird.app;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.config.FileWatch;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows configuration, keys and roster while the instance serves, and the clock where it decides:
 * ends of access, age of the roster. What cannot be read changes nothing and is one log line.
 */
final class FileFollower {
  private static final Logger LOG = LoggerFactory.getLogger(FileFollower.class);

  private static final int TICK_MILLIS = 1000;

  /** Certificate and key are two files: for so long they may not fit before it is worth a line. */
  private static final long PATIENCE_NANOS = 1_000_000_000;

  private static final int RETRY_MILLIS = 50;

  private final Path configFile;
  private final Path rosterFile;
  private final FileWatch watch;
  private final Instance instance;
  private long nextEndSeconds;
  private boolean settingsPending;
  private long pendingSinceNanos;

  /**
   * @param watch watches all the files since before they were read
   */
  FileFollower(Path configFile, FileWatch watch, Instance instance) {
    this.configFile = configFile;
    this.rosterFile = Path.of(instance.config().files().roster());
    this.watch = watch;
    this.instance = instance;
    this.nextEndSeconds = nextEnd();
  }

  /**
   * Returns when the configuration has changed in a way that takes a new process, or the instance
   * has ended.
   */
  void follow() throws InterruptedException {
    // Who starts with a roster that is too old lets in nobody but those whom he has restored.
    clock();
    while (true) {
      Set<Path> changed = watch.await(settingsPending ? RETRY_MILLIS : millisToNextEnd());
      if (instance.hasEnded()) {
        return;
      }
      if (changed.remove(rosterFile)) {
        roster();
      }
      if (!changed.isEmpty()) {
        settingsPending = true;
        pendingSinceNanos = System.nanoTime();
      }
      if (settingsPending && !settings().isEmpty()) {
        return;
      }
      clock();
    }
  }

  private void roster() {
    try {
      RosterIndex next = RosterIndex.read(rosterFile, instance.config());
      instance.apply(next);
      nextEndSeconds = nextEnd();
      LOG.atInfo()
          .setMessage("Roster applied")
          .addKeyValue("generation", next.generation())
          .addKeyValue("clients", next.size())
          .addKeyValue("ms", millisSinceWritten(rosterFile))
          .log();
    } catch (ConfigException e) {
      LOG.atError().setMessage("Roster refused, the last one stays: " + e.getMessage()).log();
    }
  }

  /** Returns the fields that take a new process. */
  private List<String> settings() {
    try {
      InstanceConfig config = ConfigFile.read(configFile);
      watchUsers(watch, config);
      List<String> restart = instance.apply(config, Credentials.read(config.files()));
      settingsPending = false;
      if (restart.isEmpty()) {
        LOG.atInfo()
            .setMessage("Configuration applied")
            .addKeyValue("certificateEnds", instance.credentials().notAfterSeconds())
            .log();
      } else {
        LOG.atWarn()
            .setMessage("Configuration changed in what takes a new process")
            .addKeyValue("fields", String.join(",", restart))
            .log();
      }
      return restart;
    } catch (ConfigException | RuntimeException e) {
      if (System.nanoTime() - pendingSinceNanos > PATIENCE_NANOS) {
        settingsPending = false;
        LOG.atError()
            .setMessage("Configuration refused, the last one stays: " + e.getMessage())
            .log();
      }
      return List.of();
    }
  }

  /** Before the file is read: it may be one that the configuration has just named. */
  static void watchUsers(FileWatch watch, InstanceConfig config) {
    InstanceConfig.Authentication authentication = config.authentication();
    if (authentication != null && authentication.usersFile() != null) {
      watch.add(Path.of(authentication.usersFile()));
    }
  }

  private void clock() {
    long now = System.currentTimeMillis() / 1000;
    if (now >= nextEndSeconds) {
      instance.recheck();
      nextEndSeconds = nextEnd();
    }
    long age = now - instance.admission().roster().renderedAtSeconds();
    boolean stale = age > instance.config().limits().maxRosterStalenessSeconds();
    if (stale && !instance.admission().isFrozen()) {
      instance.admission().freeze(instance.connectedClients());
      LOG.atError()
          .setMessage("Roster too old: new sessions are refused until the operator renews it")
          .addKeyValue("ageSeconds", age)
          .log();
    } else if (!stale && instance.admission().isFrozen()) {
      instance.admission().thaw();
      LOG.info("Roster fresh again: new sessions are admitted");
    }
  }

  private long nextEnd() {
    return instance.admission().roster().nextEndSeconds(System.currentTimeMillis() / 1000);
  }

  private long millisToNextEnd() {
    long now = System.currentTimeMillis();
    return nextEndSeconds > now / 1000 + 2
        ? TICK_MILLIS
        : Math.clamp(nextEndSeconds * 1000 - now, 1, TICK_MILLIS);
  }

  private static long millisSinceWritten(Path file) {
    try {
      return System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return -1;
    }
  }
}
