package dev.ovenbird.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ovenbird.protocol.session.SessionStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link SessionStore} in a file that is mapped: what is written there is there for the next
 * process, however this one ends, without a system call. A page with a header goes before it:
 *
 * <pre>
 *    0  magic   8  layout of this header and of the store   16  sessions
 *   24  SHA-256 over the boot id and the instance's identity
 * </pre>
 *
 * <p>The file is its owner's alone, lies in memory, and is used by one process at a time.
 */
public final class SessionFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionFile.class);
  private static final long MAGIC = 0x4f56425345535331L;
  private static final long HEADER_BYTES = 4096;
  private static final long LAYOUT = 2L << 32 | SessionStore.LAYOUT;
  private static final int HASH_BYTES = 32;
  private static final int ZEROS_BYTES = 1 << 16;
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
  private static final Set<PosixFilePermission> OWN_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWN_FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Path file;
  private final FileChannel channel;
  private final SessionStore store;

  private SessionFile(Path file, FileChannel channel, SessionStore store) {
    this.file = file;
    this.channel = channel;
    this.store = store;
  }

  /**
   * Opens the file, or makes it, with all the memory that it will ever take. What it holds is taken
   * up only if this very instance has left it since the node's start; else it begins empty, and a
   * line says why.
   *
   * @param identity whatever must be as it was for the sessions to go on
   * @param sessions how many there may be
   * @param arena what the mapping lives for
   * @return null if there can't be one here, which a line tells: the instance serves without
   * @throws IllegalStateException if another process uses the file
   */
  public static @Nullable SessionFile open(
      Path file, StoreChecks checks, String identity, int sessions, Arena arena) {
    try {
      Path folder = folder(file);
      String unfit = unfit(folder, checks);
      if (unfit != null) {
        LOG.warn("Sessions will not outlive this process: {}", unfit);
        return null;
      }
      return map(file, identity(checks, identity), sessions, arena);
    } catch (IOException e) {
      LOG.warn(
          "Sessions will not outlive this process: the session store {} can't be used: {};"
              + " make the folder this user's own, or switch the store off",
          file,
          e.toString());
      return null;
    }
  }

  public SessionStore store() {
    return store;
  }

  private static Path folder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("it has no folder");
    }
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWN_FOLDER));
    }
    return folder;
  }

  private static @Nullable String unfit(Path folder, StoreChecks checks) throws IOException {
    if (!checks.diskAllowed() && !IN_MEMORY.contains(type(folder))) {
      return folder + " is on " + type(folder) + ", and keys must not reach a disk; use a tmpfs";
    }
    if (!checks.swapAllowed() && hasSwap(checks.swaps()) && !type(folder).equals("ramfs")) {
      return "swap is on (see "
          + checks.swaps()
          + "), and keys must not reach a disk; switch it off, or allow it";
    }
    return !isOwn(folder) || isWritableByOthers(folder)
        ? folder + " may be changed by others; make it root's own (chmod 700)"
        : null;
  }

  private static String type(Path folder) throws IOException {
    return Files.getFileStore(folder).type();
  }

  private static boolean hasSwap(Path swaps) throws IOException {
    // The first line is a heading. Where the kernel has no swap, there is no such file.
    return Files.exists(swaps) && Files.readAllLines(swaps).stream().skip(1).count() > 0;
  }

  private static boolean isOwn(Path path) throws IOException {
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return self.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
  }

  private static boolean isWritableByOthers(Path folder) throws IOException {
    Set<PosixFilePermission> given = Files.getPosixFilePermissions(folder);
    return given.contains(PosixFilePermission.GROUP_WRITE)
        || given.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static byte[] identity(StoreChecks checks, String identity) throws IOException {
    String boot = Files.readString(checks.bootId()).strip();
    try {
      return MessageDigest.getInstance("SHA-256").digest((boot + "\n" + identity).getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static @Nullable SessionFile map(Path file, byte[] identity, int sessions, Arena arena)
      throws IOException {
    boolean found = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (found && !isOwnFile(file)) {
      LOG.warn("The session store {} is not this user's own file; beginning without it", file);
      Files.delete(file);
    }
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(OWN_FILE));
    try {
      lock(file, channel);
      long bytes = HEADER_BYTES + SessionStore.bytes(sessions);
      String strange = channel.size() == 0 ? "" : strange(channel, bytes, identity, sessions);
      if (strange != null) {
        if (!strange.isEmpty()) {
          LOG.warn("The session store {} {}; its sessions are not restored", file, strange);
        }
        // The pages go, and with them the keys; new ones are zero.
        channel.truncate(0);
        if (!fill(channel, bytes)) {
          LOG.warn(
              "Sessions will not outlive this process: there is no room for the {} bytes of the"
                  + " session store {}; make its file system larger, or admit fewer clients",
              bytes,
              file);
          Files.delete(file);
          channel.close();
          return null;
        }
      }
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      memory.set(LONG, 8, LAYOUT);
      memory.set(LONG, 16, sessions);
      MemorySegment.copy(identity, 0, memory, ValueLayout.JAVA_BYTE, 24, HASH_BYTES);
      memory.set(LONG, 0, MAGIC);
      return new SessionFile(file, channel, SessionStore.kept(memory.asSlice(HEADER_BYTES)));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Writes zeros to all of it, so that every page is there from now on: one that can't be had later
   * would end the process by a signal (SIGBUS).
   *
   * @return false if there is no room
   */
  private static boolean fill(FileChannel channel, long bytes) {
    ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS_BYTES);
    try {
      for (long at = 0; at < bytes; at += channel.write(zeros, at)) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isOwnFile(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && isOwn(file)
        && Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).equals(OWN_FILE);
  }

  private static void lock(Path file, FileChannel channel) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new IllegalStateException(
          "the session store "
              + file
              + " is in use by another process: stop that instance, or give this one another file");
    }
  }

  /** What is wrong with the file; null if this instance has left it. */
  private static @Nullable String strange(
      FileChannel channel, long bytes, byte[] identity, int sessions) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(24 + HASH_BYTES);
    head.order(ByteOrder.nativeOrder());
    channel.read(head, 0);
    if (head.hasRemaining() || head.getLong(0) != MAGIC) {
      return "is not one, or is damaged";
    }
    if (head.getLong(8) != LAYOUT) {
      return "is of another version of Ovenbird";
    }
    if (head.getLong(16) != sessions || channel.size() != bytes) {
      return "is for another number of sessions, or was cut off";
    }
    byte[] found = new byte[HASH_BYTES];
    head.get(24, found);
    return MessageDigest.isEqual(found, identity)
        ? null
        : "is of another instance, of other settings, or of the time before the node's start";
  }

  /** Leaves the file, with all that is in it, to the next process. */
  public void leave() {
    closeChannel();
  }

  /**
   * There are no sessions any more: what was kept of them is zeroed, and the file goes; its folder
   * too, if there is nothing else in it.
   */
  @Override
  public void close() {
    if (channel.isOpen()) {
      store.wipe();
      try {
        Files.deleteIfExists(file);
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
          Files.delete(folder);
        }
      } catch (DirectoryNotEmptyException e) {
        // It is not the store's alone.
      } catch (IOException e) {
        LOG.warn("The session store {} could not be removed: {}", file, e.toString());
      }
      closeChannel();
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("The session store {} could not be closed: {}", file, e.toString());
    }
  }
}
