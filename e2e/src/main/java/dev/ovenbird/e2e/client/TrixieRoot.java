package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/**
 * A Debian 13 root with openvpn 2.7 of its backports, OpenVPN 3 and systemd-resolved, made once by
 * mmdebstrap and kept in the cache.
 */
public final class TrixieRoot {
  private static final String PACKAGES =
      "openvpn/trixie-backports,openvpn3-client,iproute2,systemd-resolved,dbus,bash,curl";
  private static final Duration LIMIT = Duration.ofMinutes(8);

  /** The system's folder for temporary files is the same inside and outside. */
  private static final String OPENVPN =
      """
      #!/bin/sh
      # Stock openvpn 2.7 of Debian 13, in mounts of its own; files are seen below TMP only.
      exec unshare --mount --propagation private sh -c '
        mount --bind ROOT ROOT
        mount -t proc proc ROOT/proc
        mount --rbind /dev ROOT/dev
        mount -t tmpfs tmpfs ROOT/run
        mount --rbind TMP ROOT/tmp
        exec chroot ROOT openvpn "$@"' sh "$@"
      """;

  private TrixieRoot() {}

  /** Writes a program that is the root's openvpn to its callers, and returns its path. */
  public static Path openVpn(Path dir) throws IOException {
    Path program = dir.resolve("openvpn-2.7");
    Files.writeString(
        program,
        OPENVPN
            .replace("ROOT", folder().toString())
            .replace("TMP", System.getProperty("java.io.tmpdir")));
    if (!program.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + program + " executable");
    }
    return program;
  }

  /** The root; makes it the first time. */
  public static synchronized Path folder() throws IOException {
    Path clients = Files.createDirectories(cache().resolve("clients"));
    Path root = clients.resolve("trixie-3");
    try (FileChannel lock =
        FileChannel.open(
            clients.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock();
      if (!Files.exists(root)) {
        make(clients, root);
      }
    }
    return root;
  }

  /** Where the launcher keeps what takes long to make. */
  private static Path cache() {
    String cache = System.getenv().getOrDefault("OVENBIRD_CACHE", "");
    return cache.isEmpty()
        ? Path.of(System.getenv().getOrDefault("HOME", "/root"), ".cache", "ovenbird")
        : Path.of(cache);
  }

  private static void make(Path clients, Path root) throws IOException {
    Path sources = clients.resolve("trixie.list");
    Files.writeString(
        sources,
        """
        deb http://deb.debian.org/debian trixie main
        deb http://deb.debian.org/debian trixie-backports main
        """);
    Path next = clients.resolve("trixie.next");
    Command.attempt(LIMIT, List.of("rm", "-rf", next.toString()));
    Command.Result made =
        Command.attempt(
            LIMIT,
            List.of(
                "mmdebstrap",
                "--variant=minbase",
                "--include=" + PACKAGES,
                "trixie",
                next.toString(),
                sources.toString()));
    if (made.status() != 0) {
      throw new IllegalStateException("mmdebstrap failed: " + made.output());
    }
    // What makes openvpn's dns-updown choose systemd-resolved.
    Files.deleteIfExists(next.resolve("etc/resolv.conf"));
    Files.createSymbolicLink(
        next.resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub-resolv.conf"));
    Files.move(next, root, StandardCopyOption.ATOMIC_MOVE);
  }
}
