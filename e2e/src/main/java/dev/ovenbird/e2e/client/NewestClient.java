package dev.ovenbird.e2e.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Debian 13's openvpn 2.7, run with its own libraries and without the kernel's data channel. */
public final class NewestClient {
  private NewestClient() {}

  /** Writes a program into a folder that runs it; returns its path. */
  public static Path make(Path dir) {
    Path program = dir.resolve("openvpn-newest");
    try {
      String root = TrixieRoot.folder().toString();
      Files.writeString(
          program,
          """
          #!/bin/sh
          exec %1$s/usr/lib64/ld-linux-x86-64.so.2 \\
            --library-path %1$s/usr/lib/x86_64-linux-gnu \\
            %1$s/usr/sbin/openvpn "$@" --disable-dco --dns-updown disable
          """
              .formatted(root));
      if (!program.toFile().setExecutable(true)) {
        throw new IllegalStateException("cannot make " + program + " executable");
      }
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
