package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.ConfigException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder on the node that a lane's pods share one after the other: configuration, keys, roster.
 * For root alone. A file is there whole or not at all, and only if an agent can start from it.
 */
final class StateFolder {
  static final String CONFIG = "instance.json";
  static final String ROSTER = "roster.json";

  /** Certificate chain and private key in one file, so that they change together. */
  static final String IDENTITY = "tls.pem";

  static final String CLIENT_CAS = "client-cas.pem";
  static final String SERVER_KEYS = "tls-crypt-v2.keys";
  static final String USERS = "users";
  static final String MODE = "mode";
  private static final String LOCK = "lock";
  private static final String NEXT = ".next";
  private static final Set<java.nio.file.attribute.PosixFilePermission> OWN =
      PosixFilePermissions.fromString("rw-------");

  private final Path path;
  private volatile boolean cleared;

  private StateFolder(Path path) {
    this.path = path;
  }

  /** Says that a file's new content is no good. */
  interface Check {
    void accept(Path candidate) throws ConfigException;
  }

  /** The folder, made if it isn't there, closed to everybody else. */
  static StateFolder open(Path path) throws ConfigException {
    try {
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectories(path);
      }
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        throw refused(path, "is a link or no folder; somebody else made it: remove it");
      }
      int owner = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (owner != 0) {
        throw refused(path, "belongs to user " + owner + ", not to root; remove it");
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      return new StateFolder(path);
    } catch (IOException e) {
      throw new ConfigException("state folder " + path + ": " + e, e);
    }
  }

  private static ConfigException refused(Path path, String why) {
    return new ConfigException("state folder " + path + ": " + why);
  }

  Path file(String name) {
    return path.resolve(name);
  }

  boolean has(String name) {
    return Files.isRegularFile(file(name), LinkOption.NOFOLLOW_LINKS);
  }

  boolean isComplete() {
    return has(CONFIG) && has(ROSTER) && has(IDENTITY) && has(CLIENT_CAS) && has(SERVER_KEYS);
  }

  /** Null if it isn't there. */
  byte @Nullable [] read(String name) throws IOException {
    try {
      return Files.readAllBytes(file(name));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Replaces a file by rename once the check has accepted it; no longer after {@link #clear}, since
   * watches may bring something while the last words are said.
   *
   * @return whether it differs from what was there
   */
  boolean replace(String name, byte[] content, Check check) throws ConfigException {
    if (cleared) {
      return false;
    }
    Path next = file(name + NEXT);
    try {
      if (Arrays.equals(content, read(name))) {
        return false;
      }
      Files.deleteIfExists(next);
      try (FileChannel channel =
          FileChannel.open(
              next,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWN))) {
        java.nio.ByteBuffer left = java.nio.ByteBuffer.wrap(content);
        while (left.hasRemaining()) {
          channel.write(left);
        }
      }
      check.accept(next);
      Files.move(next, file(name), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      throw new ConfigException("state folder: " + next + ": " + e, e);
    } finally {
      deleteQuietly(next);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return; // The next replacement tries again.
    }
  }

  /** The lock of the one agent that serves; held until the process ends. */
  final class Lock {
    private final FileChannel channel;

    private Lock(FileChannel channel) {
      this.channel = channel;
    }

    /** Whether it is held now; does not wait. */
    boolean tryTake() throws IOException {
      FileLock lock = channel.tryLock();
      return lock != null;
    }

    /** Waits until the predecessor is gone. */
    void take() throws IOException {
      FileLock taken = channel.lock();
      if (!taken.isValid()) {
        throw new IOException("lock of " + path + " was lost");
      }
    }
  }

  Lock lock() throws IOException {
    return new Lock(
        FileChannel.open(
            file(LOCK),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWN)));
  }

  /** Removes all that is in it, for good; the folder itself is the kubelet's. */
  void clear() throws IOException {
    cleared = true;
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException error)
              throws IOException {
            if (error != null) {
              throw error;
            }
            if (!folder.equals(path)) {
              Files.deleteIfExists(folder);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
