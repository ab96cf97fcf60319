package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's own switches for forwarding packets. Switched on only where they are off, and put back
 * by {@link #restore}. For the one process that starts the instances, not for each instance: the
 * first to stop would switch off the others' forwarding.
 *
 * <p>With IPv6 forwarding on the kernel ignores router advertisements on interfaces whose {@code
 * accept_ra} is 1, so that a host with an address by SLAAC would lose its default route: such
 * interfaces are set to 2 (accept nevertheless) first, and put back too.
 */
public final class HostForwarding implements AutoCloseable {
  private static final String IPV4 = "net/ipv4/ip_forward";
  private static final String IPV6 = "net/ipv6/conf/all/forwarding";
  private static final String IPV6_INTERFACES = "net/ipv6/conf";

  private final Path sys;
  private final List<Change> changes = new ArrayList<>();

  private record Change(Path file, String before, String after) {}

  HostForwarding(Path sys) {
    this.sys = sys;
  }

  /** Whether the host forwards IPv4. */
  public static boolean ipv4() {
    return new HostForwarding(Path.of("/proc/sys")).isOn(IPV4);
  }

  /** Whether the host forwards IPv6. */
  public static boolean ipv6() {
    return new HostForwarding(Path.of("/proc/sys")).isOn(IPV6);
  }

  /**
   * Switches on what is asked and off.
   *
   * @throws LinuxException if the kernel's settings can't be written; then nothing is changed
   */
  public static HostForwarding enable(boolean ipv4, boolean ipv6) {
    return new HostForwarding(Path.of("/proc/sys")).switchOn(ipv4, ipv6);
  }

  HostForwarding switchOn(boolean ipv4, boolean ipv6) {
    try {
      if (ipv4 && !isOn(IPV4)) {
        change(sys.resolve(IPV4), "1");
      }
      if (ipv6 && !isOn(IPV6)) {
        keepRouterAdvertisements();
        change(sys.resolve(IPV6), "1");
      }
      return this;
    } catch (RuntimeException e) {
      restore();
      throw e;
    }
  }

  /** What was changed, a line such as {@code net.ipv4.ip_forward=1} each; empty if it was on. */
  public List<String> changed() {
    return changes.stream()
        .map(
            change -> sys.relativize(change.file).toString().replace('/', '.') + "=" + change.after)
        .toList();
  }

  /** Puts back what was changed, unless somebody has changed it since. */
  public void restore() {
    for (Change change : changes.reversed()) {
      try {
        if (Files.readString(change.file).strip().equals(change.after)) {
          Files.writeString(change.file, change.before);
        }
      } catch (IOException e) {
        // The interface went away, and its setting with it.
      }
    }
    changes.clear();
  }

  @Override
  public void close() {
    restore();
  }

  private boolean isOn(String setting) {
    Path file = sys.resolve(setting);
    try {
      return Files.exists(file) && !Files.readString(file).strip().equals("0");
    } catch (IOException e) {
      throw new LinuxException("read " + file, String.valueOf(e.getMessage()));
    }
  }

  private void keepRouterAdvertisements() {
    try (var interfaces = Files.newDirectoryStream(sys.resolve(IPV6_INTERFACES))) {
      for (Path folder : interfaces) {
        Path file = folder.resolve("accept_ra");
        if (Files.exists(file) && Files.readString(file).strip().equals("1")) {
          change(file, "2");
        }
      }
    } catch (IOException e) {
      throw new LinuxException(
          "read " + sys.resolve(IPV6_INTERFACES), String.valueOf(e.getMessage()));
    }
  }

  private void change(Path file, String value) {
    try {
      String before = Files.readString(file).strip();
      Files.writeString(file, value);
      changes.add(new Change(file, before, value));
    } catch (IOException e) {
      throw new LinuxException(
          "set " + file + " to " + value,
          e.getMessage() + ": run as root, or set it on the host with sysctl");
    }
  }
}
