package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import java.time.Duration;
import java.util.List;

/**
 * A link between the machine's own network and a cluster's hub, so that the API server can be
 * reached from this JVM. Its name is the claim on its four addresses.
 */
final class HostLink implements AutoCloseable {
  private static final int SLOTS = 64;
  private static final String HUB_SIDE = "host";

  private final String name;
  private final String hubAddress;

  private HostLink(int slot) {
    name = name(slot);
    hubAddress = address(slot, 2);
  }

  private static String name(int slot) {
    return "ovbe2e-" + slot;
  }

  private static String address(int slot, int host) {
    return "169.254.77." + (4 * slot + host);
  }

  /** Makes the link; it also goes with the hub. */
  static HostLink create(Namespace hub) {
    Command.Result last = new Command.Result(1, "");
    for (int slot = 0; slot < SLOTS; slot++) {
      last =
          Command.attempt(
              Duration.ofSeconds(10),
              List.of(
                  "ip",
                  "link",
                  "add",
                  name(slot),
                  "type",
                  "veth",
                  "peer",
                  HUB_SIDE,
                  "netns",
                  hub.name()));
      if (last.status() == 0) {
        HostLink link = new HostLink(slot);
        Command.run("ip", "addr", "add", address(slot, 1) + "/30", "dev", link.name);
        Command.run("ip", "link", "set", link.name, "up");
        hub.ip("addr", "add", link.hubAddress + "/30", "dev", HUB_SIDE);
        hub.ip("link", "set", HUB_SIDE, "up");
        return link;
      }
      if (!last.output().contains("File exists")) {
        break;
      }
    }
    throw new IllegalStateException(
        "no link to the cluster's network (at most " + SLOTS + "): " + last.output().strip());
  }

  /** The API server's address for this machine. */
  String hubAddress() {
    return hubAddress;
  }

  @Override
  public void close() {
    Command.attempt(Duration.ofSeconds(10), List.of("ip", "link", "delete", name));
  }
}
