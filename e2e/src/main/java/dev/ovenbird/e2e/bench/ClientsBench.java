package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench clients}: thousands of our own clients connected to one server, and what
 * they cost it while they say nothing but pings, one server after the other.
 */
@CommandLine.Command(
    name = "ovenbird bench clients",
    mixinStandardHelpOptions = true,
    description = "What connected idle clients cost: processor time and memory.")
public final class ClientsBench implements Callable<Integer> {
  private static final Duration ISSUED = Duration.ofMinutes(15);

  /** Sessions that code and buffers are warmed up with before memory is measured. */
  private static final int FIRST = 100;

  private static final int ECHOES_PER_SECOND = 5000;

  /** SerialGC gives back in so many steps what it finds free. */
  private static final int COLLECTIONS = 4;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--clients",
      defaultValue = "10000",
      description = "Connected at once (${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "At rest, each round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--keepalive",
      defaultValue = "10",
      description = "Seconds between a client's pings (${DEFAULT-VALUE}).")
  private int keepalive;

  @Option(
      names = "--agent-heap",
      defaultValue = "512m",
      description =
          "The instance's largest heap; 64m is what ./ovenbird up gives (${DEFAULT-VALUE}).")
  private String agentHeap = "512m";

  @Option(
      names = "--contestants",
      split = ",",
      defaultValue = "openvpn-2.6,ovenbird",
      description = "Which of openvpn-2.6, openvpn-2.7 and ovenbird (${DEFAULT-VALUE}).")
  private List<Contender> contestants = List.of();

  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  static CommandLine command() {
    return new CommandLine(new ClientsBench()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    return options.run("clients", this::measure);
  }

  private void measure(Scope scope, Report report) throws IOException {
    Pinning pinning = Pinning.of(options.serverCores);
    report.note(
        String.format(
            Locale.ROOT,
            "%s; %,d clients of our own role without TUNs, keepalive %d s",
            pinning,
            clients,
            keepalive));
    for (Contender contender : contestants) {
      try (Scope inner = new Scope()) {
        Path dir = TempFolder.create(inner, "ovenbird-bench");
        Contestants programs = new Contestants(inner, dir, pinning, "");
        String absent =
            contender == Contender.WIREGUARD_GO ? "it has no TLS" : programs.absence(contender);
        if (absent.isEmpty()) {
          measure(inner, programs, contender, report.contestant(contender.label), pinning);
        } else {
          report.note(contender.label + " is absent: " + absent);
        }
      }
    }
  }

  private void measure(
      Scope scope, Contestants programs, Contender contender, Figures figures, Pinning pinning)
      throws IOException {
    Lab lab = Lab.create(scope, 1);
    long server;
    IntFunction<Material> identities;
    if (contender.isOurs()) {
      LocalCluster cluster = cluster(scope, lab, programs.folder());
      server = cluster.instance(0).pid();
      identities =
          number ->
              Material.of(
                  cluster
                      .profile("client-" + number)
                      .withOnly(remote -> remote.protocol().startsWith("udp")));
    } else {
      StockServer stock = stock(scope, lab, programs, contender);
      Material material = Material.of(stock.profile());
      server = stock.log().pid();
      identities = number -> material;
    }
    pinning.server(server);
    pinning.self(scope);
    Swarm swarm = scope.add(new Swarm(lab.client(0), identities));
    fill(contender, figures, server, swarm, pinning);
    for (int round = 1; round <= options.rounds; round++) {
      System.out.printf("%s: at rest, round %d of %d…%n", contender, round, options.rounds);
      UsageClock clock = new UsageClock(List.of(server), pinning);
      Await.pause("clients at rest", Duration.ofSeconds(seconds));
      Usage usage = clock.end();
      figures.add(
          "restCore",
          "processor at rest",
          "% of a core",
          100 * usage.server().sum() / usage.seconds());
      figures.add("at rest", usage);
    }
    figures.add("stillConnected", "connected at the end", "clients", swarm.connected());
  }

  /** Connects all, with what they take in memory and what a packet takes with few and with all. */
  private void fill(Contender contender, Figures figures, long server, Swarm swarm, Pinning pinning)
      throws IOException {
    int first = Math.min(FIRST, clients / 2);
    swarm.connect(first);
    echoes(figures, "echoFew", "few clients", server, swarm, pinning);
    collect(contender, server);
    long before = Resident.bytes(server);
    System.out.printf("%s: connecting %,d clients…%n", contender, clients);
    long begin = System.nanoTime();
    UsageClock clock = new UsageClock(List.of(server), pinning);
    swarm.connect(clients);
    Usage usage = clock.end();
    double more = clients - first;
    figures.add("connects", "connected", "/s", more / ((System.nanoTime() - begin) / 1e9));
    figures.add("connecting", usage);
    figures.add(
        "kilobytes",
        "memory for each client, as it is after connecting",
        "kB",
        (Resident.bytes(server) - before) / more / 1e3);
    collect(contender, server);
    figures.add(
        "kilobytesCollected",
        "memory for each client, heap collected",
        "kB",
        (Resident.bytes(server) - before) / more / 1e3);
    echoes(figures, "echoAll", "all clients", server, swarm, pinning);
  }

  /** What is garbage is no client's. */
  private static void collect(Contender contender, long server) {
    if (contender.isOurs()) {
      String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      for (int i = 0; i < COLLECTIONS; i++) {
        Command.run(jcmd, Long.toString(server), "GC.run");
      }
    }
  }

  private void echoes(
      Figures figures, String key, String label, long server, Swarm swarm, Pinning pinning)
      throws IOException {
    UsageClock clock = new UsageClock(List.of(server), pinning);
    long answered =
        swarm.echo(
            InetAddress.getByName(Lab.SERVICE_IPV4),
            ECHOES_PER_SECOND,
            Duration.ofSeconds(Math.min(5, seconds)));
    Usage usage = clock.end();
    figures.add(
        key + "CpuPerMillion",
        "server CPU per million echoes, of " + label + " in turn",
        "s",
        usage.server().sum() / (answered / 1e6));
    figures.add(key + "Answered", "echoes answered, of " + label, "", answered);
  }

  private StockServer stock(Scope scope, Lab lab, Contestants programs, Contender contender) {
    return StockServer.start(
        scope,
        lab.server(),
        programs.folder(),
        programs
            .setup(contender)
            .with(
                0,
                "duplicate-cn\ndisable-dco\nmute 20\nconnect-freq-initial 1000000 1\n"
                    + "max-clients "
                    + (clients + 10)
                    + "\nkeepalive "
                    + keepalive
                    + " "
                    + 6 * keepalive
                    + "\n"));
  }

  private LocalCluster cluster(Scope scope, Lab lab, Path dir) {
    ClusterSpec spec =
        new ClusterSpec()
            .lanes(1)
            .set("egress", "Routed")
            .set("limits", "{maxClientsPerInstance: " + (clients + 10) + "}")
            .set("keepalive", "{interval: " + keepalive + "s, timeout: " + 6 * keepalive + "s}");
    for (int i = 0; i < clients; i++) {
      spec.client("client-" + i);
    }
    LocalCluster cluster =
        LocalCluster.launch(
            scope,
            lab.server(),
            dir,
            spec.yaml(),
            Map.of("OVENBIRD_AGENT_JAVA_OPTIONS", "-Xmx" + agentHeap),
            "1g");
    System.out.printf("Issuing %,d profiles…%n", clients);
    cluster.log().await("Ready:", ISSUED);
    cluster.awaitProfile("client-" + (clients - 1), ISSUED);
    return cluster;
  }
}
