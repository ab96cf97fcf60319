package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
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
 * {@code ./ovenbird bench storm}: how long packets of a client that is connected take, idle and
 * while others storm the server with full handshakes.
 */
@CommandLine.Command(
    name = "ovenbird bench storm",
    mixinStandardHelpOptions = true,
    description = "Forwarding delay of a client while others connect without a pause.")
public final class StormBench implements Callable<Integer> {
  private static final Duration PING_INTERVAL = Duration.ofMillis(2);

  @Mixin private BenchOptions options = new BenchOptions();
  @Mixin private HandshakeContest contest = new HandshakeContest();

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Idle, and of each storm (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--parallel",
      defaultValue = "8",
      description = "Handshakes at a time (${DEFAULT-VALUE}).")
  private int parallel;

  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  static CommandLine command() {
    return new CommandLine(new StormBench()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    return options.run("storm", this::measure);
  }

  private void measure(Scope scope, Report report) {
    Pinning pinning = Pinning.of(options.serverCores);
    report.note(
        pinning
            + "; an ICMP echo every 2 ms through the tunnel of a stock 2.6 client; the storm is"
            + " our client role's, TLS 1.3 with X25519");
    for (Key key : contest.keys()) {
      try (Scope inner = new Scope()) {
        Path dir = TempFolder.create(inner, "ovenbird-bench");
        // The first identity is the client's that is measured.
        List<HandshakeServer> servers =
            new ArrayList<>(contest.start(inner, dir, key, parallel + 1, report));
        for (HandshakeServer server : servers) {
          Path file = dir.resolve("client-" + server.pid() + ".ovpn");
          OpenVpnClient client =
              OpenVpnClient.start(
                      inner,
                      server.lab().client(0),
                      server.materials().getFirst().profile().write(file),
                      "--disable-dco")
                  .awaitConnected(Contestants.CONNECT);
          pinning.server(server.pid());
          pinning.rest(client.log().pid());
        }
        pinning.self(inner);
        for (int round = 1; round <= options.rounds; round++) {
          System.out.printf("%s: round %d of %d…%n", key, round, options.rounds);
          servers.forEach(each -> round(key, each, pinning));
          Collections.reverse(servers);
        }
      }
    }
  }

  private void round(Key key, HandshakeServer server, Pinning pinning) {
    Ping.Result idle = ping(server);
    add(server.figures(), key, "idle", idle);
    List<Material> others = server.materials().subList(1, server.materials().size());
    try (Storm storm = new Storm(server.lab().client(1), others)) {
      // The storm's own start is not what is measured.
      Ping.run(server.lab().client(0), Lab.SERVICE_IPV4, 20, Duration.ofMillis(50));
      int done = storm.done();
      UsageClock clock = new UsageClock(List.of(server.pid()), pinning);
      Ping.Result stormy = ping(server);
      Usage usage = clock.end();
      add(server.figures(), key, "storm", stormy);
      Figures figures = server.figures();
      figures.add(
          "stormRatioP999" + key.key(),
          key + ": p99.9 in the storm, of the idle one",
          "times",
          stormy.quantile(0.999) / idle.quantile(0.999));
      figures.add(
          "stormHandshakes" + key.key(),
          key + ": handshakes in the storm",
          "/s",
          (storm.done() - done) / usage.seconds());
      figures.add("stormFailed" + key.key(), key + ": handshakes that failed", "", storm.failed());
      figures.add(key + ", storm", usage);
    }
  }

  private Ping.Result ping(HandshakeServer server) {
    int count = Math.toIntExact(seconds * 1000L / PING_INTERVAL.toMillis());
    return Ping.run(server.lab().client(0), Lab.SERVICE_IPV4, count, PING_INTERVAL);
  }

  private static void add(Figures figures, Key key, String when, Ping.Result result) {
    String start = when + key.key();
    String label = key + ", " + when + ": ";
    figures.add(start + "P50", label + "p50", "ms", result.quantile(0.5));
    figures.add(start + "P99", label + "p99", "ms", result.quantile(0.99));
    figures.add(start + "P999", label + "p99.9", "ms", result.quantile(0.999));
    figures.add(
        start + "Lost", label + "lost", "%", 100.0 * result.lost() / Math.max(1, result.sent()));
  }
}
