package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.Iperf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench lanes}: two stock clients at once, on one stock server, on one lane of
 * ours, and on two lanes, in turns.
 */
@CommandLine.Command(
    name = "ovenbird bench lanes",
    mixinStandardHelpOptions = true,
    description = "Two clients at once: one process against two lanes.")
public final class LanesBench implements Callable<Integer> {
  private static final int CLIENTS = 2;

  /** With fewer, servers, clients and load share what is there. */
  private static final int ENOUGH_PROCESSORS = 4;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "4",
      description = "Per contestant, direction and round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "8",
      description = "Seconds each way (${DEFAULT-VALUE}).")
  private int warmUpSeconds;

  /** Servers that serve the two clients of a lab. */
  private record Served(Figures figures, Lab lab, List<Long> servers) {}

  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  static CommandLine command() {
    return new CommandLine(new LanesBench());
  }

  @Override
  public Integer call() throws IOException {
    return options.run("lanes", this::measure);
  }

  private void measure(Scope scope, Report report) {
    boolean enough = Processors.allowed().size() >= ENOUGH_PROCESSORS;
    Pinning pinning = Pinning.of(enough ? "0-1" : "");
    report.note(
        pinning
            + "; two stock 2.6 clients, one TCP stream each"
            + (enough ? "" : "; too few processors to give each lane one of its own"));
    Path dir = TempFolder.create(scope, "ovenbird-bench");
    List<Served> all = new ArrayList<>();
    all.add(stock(scope, dir.resolve("stock"), report.contestant("openvpn 2.6, one process")));
    all.add(ours(scope, dir.resolve("one"), 1, report.contestant("ovenbird, one lane")));
    all.add(ours(scope, dir.resolve("two"), 2, report.contestant("ovenbird, two lanes")));
    all.forEach(each -> each.servers().forEach(pinning::server));
    pinning.self(scope);
    System.out.printf("Warming up, %d s each way…%n", warmUpSeconds);
    for (Served each : all) {
      if (warmUpSeconds > 0) {
        transfer(each, warmUpSeconds, "");
        transfer(each, warmUpSeconds, "-R");
      }
    }
    for (int round = 1; round <= options.rounds; round++) {
      System.out.printf("Round %d of %d…%n", round, options.rounds);
      for (Served each : all) {
        measure(each, pinning, "up", "both clients to the server", "");
        measure(each, pinning, "down", "the server to both clients", "-R");
      }
      Collections.reverse(all);
    }
  }

  private void measure(Served on, Pinning pinning, String key, String label, String direction) {
    UsageClock clock = new UsageClock(on.servers(), pinning);
    List<Iperf.Result> results = transfer(on, seconds, direction);
    Usage usage = clock.end();
    double bytes = results.stream().mapToDouble(Iperf.Result::bytes).sum();
    double bits = results.stream().mapToDouble(Iperf.Result::bitsPerSecond).sum();
    Figures figures = on.figures();
    figures.add(key + "Mbits", label + ": throughput together", "Mbit/s", bits / 1e6);
    figures.add(
        key + "CpuPerGb", label + ": server CPU", "s/GB", usage.server().sum() / (bytes / 1e9));
    figures.add(label, usage);
  }

  /** All clients at once. */
  private static List<Iperf.Result> transfer(Served on, int time, String direction) {
    List<LoggedProcess> running = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      List<String> arguments = new ArrayList<>(List.of("-p", Integer.toString(Iperf.PORT + i)));
      if (!direction.isEmpty()) {
        arguments.add(direction);
      }
      running.add(
          Iperf.start(
              on.lab().client(i), Lab.SERVICE_IPV4, time, arguments.toArray(String[]::new)));
    }
    List<Iperf.Result> results = new ArrayList<>();
    for (LoggedProcess each : running) {
      try (each) {
        each.awaitExit(Duration.ofSeconds(time + 30L));
        results.add(Iperf.parse(String.join("\n", each.lines())));
      }
    }
    return results;
  }

  private static Served stock(Scope scope, Path dir, Figures figures) {
    Lab lab = lab(scope);
    StockServer server =
        StockServer.start(
            scope,
            lab.server(),
            created(dir),
            StockServer.Setup.standard(Contestants.STOCK_PORT)
                .with(0, "duplicate-cn\ndisable-dco\n"));
    for (int i = 0; i < CLIENTS; i++) {
      connect(scope, lab, i, server.profile(), dir);
    }
    return new Served(figures, lab, List.of(server.log().pid()));
  }

  private static Served ours(Scope scope, Path dir, int lanes, Figures figures) {
    Lab lab = lab(scope);
    ClusterSpec spec = new ClusterSpec().lanes(lanes).set("egress", "Routed");
    for (int i = 0; i < CLIENTS; i++) {
      spec.client("client-" + i);
    }
    LocalCluster cluster = LocalCluster.start(scope, lab.server(), created(dir), spec);
    for (int i = 0; i < CLIENTS; i++) {
      Profile.Remote lane =
          new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + i % lanes, "udp");
      connect(scope, lab, i, cluster.profile("client-" + i).with(lane), dir);
    }
    return new Served(figures, lab, cluster.instances().stream().map(Instance::pid).toList());
  }

  private static Lab lab(Scope scope) {
    Lab lab = Lab.create(scope, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
      Iperf.serve(scope, lab.service(), Iperf.PORT + i);
    }
    return lab;
  }

  private static void connect(Scope scope, Lab lab, int number, Profile profile, Path dir) {
    Path file = profile.write(dir.resolve("client-" + number + ".ovpn"));
    OpenVpnClient.start(scope, lab.client(number), file, "--disable-dco")
        .awaitConnected(Contestants.CONNECT);
  }

  private static Path created(Path dir) {
    if (!dir.toFile().mkdirs()) {
      throw new IllegalStateException("cannot make " + dir);
    }
    return dir;
  }
}
