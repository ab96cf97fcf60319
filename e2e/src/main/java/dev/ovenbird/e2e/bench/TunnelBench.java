package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.Iperf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench tunnel}: stock openvpn and ours as servers on one machine, each with the
 * same stock client and AES-256-GCM over UDP, measured in turns.
 */
@CommandLine.Command(
    name = "ovenbird bench tunnel",
    mixinStandardHelpOptions = true,
    description = "Server CPU per GB, throughput and ping, beside stock openvpn.")
public final class TunnelBench implements Callable<Integer> {
  private static final int STOCK_PORT = 2194;
  private static final Duration CONNECT = Duration.ofSeconds(30);

  @Option(names = "--rounds", defaultValue = "5", description = "Rounds (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "4",
      description = "Seconds per transfer (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(names = "--warmup", defaultValue = "8", description = "Seconds (${DEFAULT-VALUE}).")
  private int warmUpSeconds;

  @Option(
      names = "--json",
      defaultValue = "",
      description = "Where the figures go (.ovenbird/bench/tunnel.json).")
  private String json = "";

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new TunnelBench()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Path file =
        json.isEmpty() ? Installation.home().resolve(".ovenbird/bench/tunnel.json") : Path.of(json);
    try (Scope scope = new Scope()) {
      Report report = measure(scope, TempFolder.create(scope, "ovenbird-bench"));
      report.print(System.out);
      report.write(file);
      System.out.println("Figures of all rounds: " + file);
      return 0;
    } catch (IllegalStateException | AssertionError e) {
      System.err.println("bench: " + e.getMessage());
      return 1;
    }
  }

  private Report measure(Scope scope, Path dir) {
    Lab lab = Lab.create(scope, 2);
    Iperf.serve(scope, lab.service());
    Contestant stock = stock(scope, lab, dir);
    Contestant ours = ours(scope, lab, dir);
    System.out.printf("Warming up, %d s each way…%n", warmUpSeconds);
    stock.warmUp(warmUpSeconds);
    ours.warmUp(warmUpSeconds);
    for (int round = 1; round <= rounds; round++) {
      System.out.printf("Round %d of %d…%n", round, rounds);
      // Who goes first alternates, so that neither always follows an idle machine.
      Contestant first = round % 2 == 1 ? stock : ours;
      Contestant second = round % 2 == 1 ? ours : stock;
      first.round(seconds);
      second.round(seconds);
    }
    return new Report(stock, ours);
  }

  private static Contestant stock(Scope scope, Lab lab, Path dir) {
    StockServer server = StockServer.start(scope, lab.server(), dir, STOCK_PORT);
    Path profile = server.profile(STOCK_PORT).write(dir.resolve("stock.ovpn"));
    OpenVpnClient.start(scope, lab.client(0), profile).awaitConnected(CONNECT);
    return new Contestant("openvpn 2.6", server.log().pid(), lab.client(0));
  }

  private static Contestant ours(Scope scope, Lab lab, Path dir) {
    ClusterSpec spec = new ClusterSpec().lanes(1).set("egress", "Routed").client("bench");
    LocalCluster cluster = LocalCluster.start(scope, lab.server(), dir.resolve("cluster"), spec);
    Path profile =
        cluster
            .profile("bench")
            .withOnly(remote -> remote.protocol().startsWith("udp"))
            .write(dir.resolve("bench.ovpn"));
    OpenVpnClient.start(scope, lab.client(1), profile).awaitConnected(CONNECT);
    return new Contestant("ovenbird", cluster.instance(0).pid(), lab.client(1));
  }
}
