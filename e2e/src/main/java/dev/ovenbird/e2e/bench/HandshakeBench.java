package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.protocol.tls.TlsProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench handshake}: stock openvpn and ours as servers on one machine, with keys
 * of the same kind, and our own client role as the client of all, in turns.
 */
@CommandLine.Command(
    name = "ovenbird bench handshake",
    mixinStandardHelpOptions = true,
    description = "Server CPU per TLS 1.3 handshake, and resets handled, beside stock openvpn.")
public final class HandshakeBench implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions();
  @Mixin private HandshakeContest contest = new HandshakeContest();

  @Option(
      names = "--handshakes",
      defaultValue = "300",
      description = "In each round, of each kind (${DEFAULT-VALUE}).")
  private int handshakes;

  @Option(
      names = "--warmup",
      defaultValue = "3000",
      description = "Handshakes before (${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--flood",
      defaultValue = "3",
      description = "Seconds per flood of resets; 0 = none (${DEFAULT-VALUE}).")
  private int floodSeconds;

  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  static CommandLine command() {
    return new CommandLine(new HandshakeBench()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    return options.run("handshake", this::measure);
  }

  private void measure(Scope scope, Report report) {
    Pinning pinning = Pinning.of(options.serverCores);
    report.note(pinning.toString());
    for (Key key : contest.keys()) {
      try (Scope inner = new Scope()) {
        List<HandshakeServer> servers =
            contest.start(inner, TempFolder.create(inner, "ovenbird-bench"), key, 1, report);
        servers.forEach(each -> pinning.server(each.pid()));
        pinning.self(inner);
        System.out.printf("%s: warming up, %d handshakes each…%n", key, warmUp);
        servers.forEach(each -> each.warmUp(warmUp));
        for (int round = 1; round <= options.rounds; round++) {
          System.out.printf("%s: round %d of %d…%n", key, round, options.rounds);
          servers.forEach(each -> round(key, each));
          // Who goes first alternates, so that nobody always follows an idle machine.
          servers = new ArrayList<>(servers);
          Collections.reverse(servers);
        }
      }
    }
  }

  private void round(Key key, HandshakeServer server) {
    // The JDK's client has no hybrid group: all servers do the same work. Then what each can do.
    server.handshakes(key, TlsProvider.JSSE, handshakes);
    server.handshakes(key, TlsProvider.BOUNCY_CASTLE, handshakes);
    if (floodSeconds > 0 && key == contest.keys().getFirst()) {
      server.resets(Duration.ofSeconds(floodSeconds));
    }
  }
}
