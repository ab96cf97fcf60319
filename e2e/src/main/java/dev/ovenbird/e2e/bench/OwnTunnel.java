package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.server.ClientSettings;
import dev.ovenbird.server.OvenbirdClient;
import dev.ovenbird.server.crypto.AeadChoice;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.tun.KernelTun;
import dev.ovenbird.server.tun.OffloadedTun;
import dev.ovenbird.server.tun.Tun;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Our client role as a process with a kernel TUN: what an agent is to a server. Reads a profile
 * with one remote, connects, configures its TUN, and goes on until the session ends.
 */
public final class OwnTunnel {
  private static final String NAME = "tun-own";
  private static final String READY = "connected as ";
  private static final int MTU = 1500;

  private final LoggedProcess process;
  private final String address;

  private OwnTunnel(LoggedProcess process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it in a namespace with an agent's JVM options, and waits until it is connected. */
  static OwnTunnel start(Scope scope, Namespace at, Path profile, Map<String, String> environment) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms16m",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            OwnTunnel.class.getName(),
            profile.toString());
    LoggedProcess process =
        scope.add(at.start("own client", environment, command.toArray(String[]::new)));
    String line = process.await(READY, Contestants.CONNECT).text();
    return new OwnTunnel(process, line.substring(line.indexOf(READY) + READY.length()));
  }

  long pid() {
    return process.pid();
  }

  /** Its IPv4 address in the tunnel. */
  String address() {
    return address;
  }

  public static void main(String[] arguments) throws Exception {
    Material material = Material.of(Profile.read(Path.of(arguments[0])));
    TunDevice device = TunDevice.open(NAME, TunDevice.Options.OFFLOADED);
    Tun tun =
        device.vnetHeader()
            ? new OffloadedTun(device, MTU, Arena.global())
            : new KernelTun(device, MTU);
    ClientSettings settings =
        new ClientSettings(material.server(), config(material), tun, Metrics.NONE, changed -> {});
    try (OvenbirdClient client = OvenbirdClient.connect(settings)) {
      List<String> pushed =
          client.connected().get(Contestants.CONNECT.toSeconds(), TimeUnit.SECONDS);
      System.out.println(READY + configure(pushed));
      System.out.println(client.closed().join());
    }
  }

  private static ClientConfig config(Material material) {
    ClientConfig usual = material.config(TlsProvider.BOUNCY_CASTLE, new SecureRandom());
    return new ClientConfig(
        usual.wrap(),
        usual.tls(),
        AeadChoice.best(),
        usual.dataCiphers(),
        usual.transport(),
        usual.ipv4(),
        usual.renegotiationNanos(),
        usual.handWindowNanos(),
        usual.transitionWindowNanos(),
        usual.features());
  }

  /** Address and IPv4 routes as pushed; returns the address. */
  private static String configure(List<String> pushed) {
    List<String> routes = new ArrayList<>();
    String own = "";
    for (String option : pushed) {
      String[] words = option.split(" ");
      if (words[0].equals("ifconfig")) {
        own = words[1];
        ip("addr", "add", words[1] + "/" + prefix(words[2]), "dev", NAME);
      } else if (words[0].equals("route")) {
        routes.add(words[1] + "/" + (words.length > 2 ? prefix(words[2]) : 32));
      }
    }
    ip("link", "set", NAME, "mtu", Integer.toString(MTU), "up");
    routes.forEach(route -> ip("route", "replace", route, "dev", NAME));
    return own;
  }

  private static int prefix(String mask) {
    int bits = 0;
    for (String part : mask.split("\\.")) {
      bits += Integer.bitCount(Integer.parseInt(part));
    }
    return bits;
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Command.run(command.toArray(String[]::new));
  }
}
