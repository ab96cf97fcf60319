package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Places of people in namespaces that go out by this machine, which hides their addresses. */
final class HostedPlaces implements AutoCloseable {
  /** Of the range for benchmarks of networks (RFC 2544), which nobody routes. */
  private static final String SUBNET = "198.18.77.";

  private static final int MOST = 64;
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

  private static final String TABLE =
      """
      table ip ovbe2e-places {
        chain postrouting {
          type nat hook postrouting priority srcnat
          ip saddr %s0/24 masquerade
        }
      }
      """
          .formatted(SUBNET);

  private final Scope scope = new Scope();
  private final Map<Integer, Namespace> places = new TreeMap<>();
  private final String forwarding;

  HostedPlaces(Path folder) {
    try {
      forwarding = Files.readString(FORWARDING).strip();
      Files.writeString(FORWARDING, "1");
      dropTable();
      Path file = Files.writeString(folder.resolve("places.nft"), TABLE);
      Command.run("nft", "-f", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Made when first asked for. */
  synchronized Namespace outside(int number) {
    if (number >= MOST) {
      throw new IllegalArgumentException("there are " + MOST + " places, not " + (number + 1));
    }
    return places.computeIfAbsent(number, this::make);
  }

  private Namespace make(int number) {
    Namespace place = Namespace.create(scope, "outside" + number);
    String link = "ovbe2e-p" + number;
    String router = SUBNET + (4 * number + 1);
    Command.run(
        "ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", place.name());
    Command.run("ip", "addr", "add", router + "/30", "dev", link);
    Command.run("ip", "link", "set", link, "up");
    place.ip("addr", "add", SUBNET + (4 * number + 2) + "/30", "dev", "eth0");
    place.ip("link", "set", "eth0", "up");
    place.ip("route", "add", "default", "via", router);
    return place;
  }

  private static void dropTable() {
    // One that a killed run left, or none.
    Command.attempt(
        Duration.ofSeconds(10), List.of("nft", "delete", "table", "ip", "ovbe2e-places"));
  }

  @Override
  public void close() {
    scope.close();
    dropTable();
    try {
      Files.writeString(FORWARDING, forwarding);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
