package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench tunnel}: stock openvpn, wireguard-go and ours as servers on one machine,
 * each in a lab of its own with a client that is connected, measured in turns.
 */
@CommandLine.Command(
    name = "ovenbird bench tunnel",
    mixinStandardHelpOptions = true,
    description = "Server CPU per GB and per million packets, throughput and ping, side by side.")
public final class TunnelBench implements Callable<Integer> {
  private static final String ALL_CASES =
      "tcp-up-1,tcp-down-1,tcp-both-1,tcp-up-4,tcp-down-4,tcp-both-4,"
          + "udp-up,udp-down,ping-idle,ping-loaded,ping-bulk";

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--cases",
      split = ",",
      defaultValue = ALL_CASES,
      description = "Which of ${COMPLETION-CANDIDATES} (all).")
  private List<TunnelCase> cases = List.of();

  @Option(
      names = "--contestants",
      split = ",",
      defaultValue = "openvpn-2.6,openvpn-2.7,wireguard-go,ovenbird,ovenbird-own",
      description = {
        "Which of ${COMPLETION-CANDIDATES}, the first being who all are compared with",
        "(${DEFAULT-VALUE})."
      })
  private List<Contender> contestants = List.of();

  @Option(
      names = "--buffers",
      split = ",",
      defaultValue = "default,tuned",
      description = {
        "Which of ${COMPLETION-CANDIDATES} (both). Tuned: sndbuf and rcvbuf of 1 MB and",
        "txqueuelen 4000 at both ends of stock programs; our server sets its own always."
      })
  private List<Buffers> buffers = List.of();

  @Option(
      names = "--seconds",
      defaultValue = "4",
      description = "Per contestant, case and round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "8",
      description = "Seconds each way (${DEFAULT-VALUE}).")
  private int warmUpSeconds;

  @Option(
      names = "--packet-rate",
      defaultValue = "50000",
      description = "64-byte packets offered a second (${DEFAULT-VALUE}).")
  private int packetRate;

  @Option(
      names = "--library-path",
      defaultValue = "",
      description = "Folder with the libcrypto.so.3 of the contestants that have another one.")
  private String libraryPath = "";

  @Option(
      names = "--plot",
      defaultValue = "",
      description = "An SVG file for the CPU figures; none if left out.")
  private String plot = "";

  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  static CommandLine command() {
    return new CommandLine(new TunnelBench()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    return options.run("tunnel", this::measure);
  }

  private void measure(Scope scope, Report report) throws IOException {
    Pinning pinning = Pinning.of(options.serverCores);
    report.note(
        pinning
            + "; AES-256-GCM over UDP, stock 2.6 client but where named; 64-byte packets by"
            + " sendmmsg");
    Map<Contender, Figures> figures = new LinkedHashMap<>();
    for (Buffers each : buffers) {
      try (Scope inner = new Scope()) {
        Path dir = TempFolder.create(inner, "ovenbird-bench");
        List<Contestant> started =
            new Contestants(inner, dir, pinning, libraryPath)
                .start(contestants, each, figures, report);
        pinning.self(inner);
        rounds(started, each, new CaseRun(seconds, packetRate, each, pinning));
      }
    }
    if (!plot.isEmpty()) {
      Plot.ofCpu(report.contestants()).write(Path.of(plot));
    }
  }

  private void rounds(List<Contestant> started, Buffers buffer, CaseRun run) {
    System.out.printf("%s buffers: warming up, %d s each way…%n", buffer, warmUpSeconds);
    started.forEach(each -> CaseRun.warmUp(each, warmUpSeconds));
    List<Contestant> order = new ArrayList<>(started);
    for (int round = 1; round <= options.rounds; round++) {
      System.out.printf("%s buffers: round %d of %d…%n", buffer, round, options.rounds);
      for (TunnelCase which : cases) {
        order.forEach(each -> run.run(which, each));
      }
      // Who goes first alternates, so that nobody always follows an idle machine.
      Collections.reverse(order);
    }
  }
}
