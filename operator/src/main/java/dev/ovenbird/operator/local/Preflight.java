package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine must have before anything is made. */
final class Preflight {
  private static final int CAP_NET_ADMIN = 12;

  /** Character device 10:200. */
  private static final int TUN_DEVICE = 10 << 8 | 200;

  private Preflight() {}

  static void check() throws LocalException {
    String status = AtomicFile.read(Path.of("/proc/self/status"));
    if (!field(status, "Uid:").split("\\s+")[1].equals("0")) {
      throw new LocalException(
          "must run as root, to make TUN devices, routes and firewall rules; use sudo");
    }
    long capabilities = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
    if ((capabilities >>> CAP_NET_ADMIN & 1) == 0) {
      throw new LocalException(
          "lacks the capability NET_ADMIN, to make TUN devices, routes and firewall rules;"
              + " in a container add it (--cap-add NET_ADMIN)");
    }
    Path tun = Path.of("/dev/net/tun");
    try {
      Files.newByteChannel(tun).close();
      if (Files.getAttribute(tun, "unix:rdev") instanceof Integer device && device != TUN_DEVICE) {
        throw new IOException("another device");
      }
    } catch (IOException e) {
      throw new LocalException(
          tun
              + ": is missing or no TUN device; load the module (modprobe tun), in a container add"
              + " the device (--device /dev/net/tun)",
          e);
    }
  }

  private static String field(String status, String name) {
    return status
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElse("0 0");
  }
}
