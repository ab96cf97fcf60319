package dev.ovenbird.operator.local;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.InstanceLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one cluster: its state, keys, profiles and sockets, for root alone. Locked by the
 * process that runs the cluster.
 */
final class StateFolder implements InstanceLayout, AutoCloseable {
  /** Bytes of the longest path that a Unix socket can have. */
  private static final int MAX_SOCKET_PATH = 107;

  private static final int MAX_LANES = 64;

  private static final String LEGACY = "_legacy";

  private final Path shown;
  private final Path root;
  private final FileChannel lockFile;
  private final Map<Integer, String> httpAddresses = new HashMap<>();

  private StateFolder(Path shown, Path root, FileChannel lockFile) {
    this.shown = shown;
    this.root = root;
    this.lockFile = lockFile;
  }

  /** Makes the folder if it isn't there and locks it. */
  static StateFolder open(Path dir) throws LocalException {
    Path root = dir.toAbsolutePath().normalize();
    Path longest = root.resolve("instances/" + MAX_LANES + "/control.sock");
    if (longest.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH) {
      throw new LocalException(dir + ": the path is too long for sockets; use a shorter --dir");
    }
    try {
      for (String folder : List.of("", "pki", "pki/clients", "instances", "profiles", "secrets")) {
        folder(root.resolve(folder));
      }
      Path lock = root.resolve("lock");
      FileChannel channel =
          FileChannel.open(
              lock, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        String holder = Files.readString(lock).strip();
        channel.close();
        throw new LocalException(
            dir + ": in use by " + holder + "; stop that first, or use another --dir");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              ("ovenbird up, process "
                      + ProcessHandle.current().pid()
                      + ", since "
                      + Instant.now().truncatedTo(ChronoUnit.SECONDS))
                  .getBytes(StandardCharsets.UTF_8)),
          0);
      return new StateFolder(dir, root, channel);
    } catch (IOException e) {
      throw LocalException.of(dir, e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  static void folder(Path folder) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  static Path controlSocket(Path dir) {
    return dir.toAbsolutePath().normalize().resolve("control.sock");
  }

  /** As a person typed it. */
  Path shown() {
    return shown;
  }

  Path root() {
    return root;
  }

  Path state() {
    return root.resolve("state.json");
  }

  Path roster() {
    return root.resolve("roster.json");
  }

  Path pki() {
    return root.resolve("pki");
  }

  Path instance(int lane) {
    return root.resolve("instances").resolve(Integer.toString(lane));
  }

  Path config(int lane) {
    return instance(lane).resolve("config.json");
  }

  Path instanceSocket(int lane) {
    return instance(lane).resolve("control.sock");
  }

  Path profile(String client) {
    return root.resolve("profiles").resolve(client + ".ovpn");
  }

  /** For OpenVPN 2.4; no client's name has a {@code _}, so it is no other client's profile. */
  Path legacyProfile(String client) {
    return profile(client + LEGACY);
  }

  /** The same, as a person would type it. */
  Path shownProfile(String client) {
    return shown.resolve("profiles").resolve(client + ".ovpn");
  }

  /** Clients that have a profile file of either kind. */
  Set<String> profiles() throws LocalException {
    Set<String> clients = new TreeSet<>();
    for (String name : names(root.resolve("profiles"), ".ovpn")) {
      clients.add(
          name.endsWith(LEGACY) ? name.substring(0, name.length() - LEGACY.length()) : name);
    }
    return clients;
  }

  /** Lanes that have a folder. */
  List<Integer> lanes() throws LocalException {
    return names(root.resolve("instances"), "").stream()
        .filter(name -> name.matches("[0-9]{1,3}"))
        .map(Integer::valueOf)
        .sorted()
        .toList();
  }

  /** Deletes what a lane that is no more has had; what cannot be deleted stays. */
  void deleteInstance(int lane) {
    try (var files = Files.newDirectoryStream(instance(lane))) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(instance(lane));
    } catch (IOException e) {
      return;
    }
  }

  /** Names in a folder that end so, without that ending. */
  static List<String> names(Path folder, String ending) throws LocalException {
    List<String> names = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (name.endsWith(ending) && !name.startsWith(".")) {
          names.add(name.substring(0, name.length() - ending.length()));
        }
      }
    } catch (IOException e) {
      throw LocalException.of(folder, e);
    }
    return names;
  }

  @Override
  public InstanceConfig.Files files(InstanceId instance) {
    Path own = instance(instance.lane());
    return new InstanceConfig.Files(
        own.resolve("tls.crt").toString(),
        own.resolve("tls.key").toString(),
        pki().resolve("ca.crt").toString(),
        pki().resolve("tls-crypt-v2-server.pem").toString(),
        roster().toString());
  }

  /** As a Secret is mounted: a folder by its name, a file for each key. */
  @Override
  public String users(String secret) {
    return root.resolve("secrets").resolve(secret).resolve("users").toString();
  }

  @Override
  public String controlSocket(InstanceId instance) {
    return instanceSocket(instance.lane()).toString();
  }

  @Override
  public String httpAddress(InstanceId instance) {
    return httpAddresses.computeIfAbsent(instance.lane(), FreePort::loopback);
  }

  /** Deletes the folder and all in it; what cannot be deleted stays. */
  void deleteAll() {
    try (var all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      return;
    }
  }

  /** Releases the lock; the folder stays. */
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      return; // The process ends, and the lock with it.
    }
  }
}
