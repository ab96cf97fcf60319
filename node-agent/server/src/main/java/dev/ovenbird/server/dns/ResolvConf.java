package dev.ovenbird.server.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The name servers of a resolv.conf(5), at most three as there, read again when the file changes.
 * Used by one thread.
 */
public final class ResolvConf {
  private static final int PORT = 53;
  private static final int MAX_SERVERS = 3;
  private static final long CHECK_NANOS = 1_000_000_000;

  private final Path file;
  private final Predicate<InetAddress> isOwn;
  private @Nullable Object version;
  private List<InetSocketAddress> servers = List.of();
  private long checkedNanos;

  /**
   * @param isOwn addresses that must not be asked: the forwarder would ask itself
   */
  public ResolvConf(Path file, Predicate<InetAddress> isOwn) {
    this.file = file;
    this.isOwn = isOwn;
  }

  /**
   * The servers now; those known last while the file can't be read.
   *
   * @param nanoTime the file is looked at once a second
   */
  public List<InetSocketAddress> servers(long nanoTime) {
    if (version == null || nanoTime - checkedNanos > CHECK_NANOS) {
      checkedNanos = nanoTime;
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        Object seen =
            List.of(
                now.lastModifiedTime(), now.size(), Objects.requireNonNullElse(now.fileKey(), 0));
        if (!seen.equals(version)) {
          servers = read();
          version = seen;
        }
      } catch (IOException e) {
        // It is being replaced, or was never there: the next look may find it.
        return servers;
      }
    }
    return servers;
  }

  private List<InetSocketAddress> read() throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
          .map(words -> address(words[1]))
          .filter(Objects::nonNull)
          .filter(address -> !isOwn.test(address))
          .limit(MAX_SERVERS)
          .map(address -> new InetSocketAddress(address, PORT))
          .toList();
    } catch (java.io.UncheckedIOException e) {
      throw Objects.requireNonNull(e.getCause());
    }
  }

  private static @Nullable InetAddress address(String text) {
    if (!text.matches("[0-9a-fA-F:.]+(%[A-Za-z0-9._-]+)?")) {
      return null;
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
