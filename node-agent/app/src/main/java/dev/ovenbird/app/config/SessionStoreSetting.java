package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.server.store.StoreChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the instance keeps its sessions, by the environment: {@code OVENBIRD_SESSION_STORE} is
 * {@code auto}, {@code off} or a file; {@code OVENBIRD_SESSION_STORE_SWAP=allow} takes a node with
 * swap.
 *
 * @param value of the first; empty = auto
 */
public record SessionStoreSetting(String value, boolean swapAllowed) {
  /** No store. */
  public static final SessionStoreSetting OFF = new SessionStoreSetting("off", false);

  private static final String AUTO = "auto";
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  /** For instances whose own folder is on a disk, in order. */
  private static final List<Path> MEMORY = List.of(Path.of("/run"), Path.of("/dev/shm"));

  /** What the environment says. */
  public static SessionStoreSetting read(Map<String, String> environment) {
    return new SessionStoreSetting(
        environment.getOrDefault("OVENBIRD_SESSION_STORE", AUTO),
        environment.getOrDefault("OVENBIRD_SESSION_STORE_SWAP", "refuse").equals("allow"));
  }

  /** What the file may lie on. */
  public StoreChecks checks() {
    return StoreChecks.STRICT.withSwapAllowed(swapAllowed);
  }

  /**
   * The file: beside the instance's roster if that is in memory, else in a folder of its own in
   * /run or /dev/shm. Null if the store is off.
   *
   * @throws ConfigException if it is set to what is no absolute path
   */
  public @Nullable Path file(InstanceConfig config) throws ConfigException {
    if (value.equals("off")) {
      return null;
    }
    if (!value.isEmpty() && !value.equals(AUTO)) {
      Path file = Path.of(value);
      if (!file.isAbsolute()) {
        throw new ConfigException(
            "OVENBIRD_SESSION_STORE is " + value + ": say auto, off, or an absolute path");
      }
      return file;
    }
    Path beside = Path.of(config.files().roster()).toAbsolutePath().resolveSibling("sessions");
    Path folder = beside.getParent();
    if (folder != null && isInMemory(folder)) {
      return beside;
    }
    for (Path memory : MEMORY) {
      if (isInMemory(memory)) {
        return memory.resolve("ovenbird-" + config.tunName()).resolve("sessions");
      }
    }
    return beside;
  }

  private static boolean isInMemory(Path folder) {
    try {
      return IN_MEMORY.contains(Files.getFileStore(folder).type());
    } catch (IOException e) {
      return false;
    }
  }
}
