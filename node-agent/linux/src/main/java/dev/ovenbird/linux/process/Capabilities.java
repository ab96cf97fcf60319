package dev.ovenbird.linux.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel lets this process do (capabilities(7)).
 *
 * @param effective bit per capability
 */
public record Capabilities(long effective) {
  private static final int CAP_NET_BIND_SERVICE = 10;
  private static final int CAP_NET_ADMIN = 12;

  /** Those of this process. */
  public static Capabilities current() {
    try {
      return parse(Files.readString(Path.of("/proc/self/status")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Capabilities parse(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> new Capabilities(Long.parseUnsignedLong(line.substring(7).strip(), 16)))
        .findFirst()
        .orElse(new Capabilities(0));
  }

  /** May set up interfaces, routes and firewall. */
  public boolean netAdmin() {
    return has(CAP_NET_ADMIN);
  }

  /** May bind ports below 1024. */
  public boolean netBindService() {
    return has(CAP_NET_BIND_SERVICE);
  }

  private boolean has(int capability) {
    return (effective >>> capability & 1) != 0;
  }
}
