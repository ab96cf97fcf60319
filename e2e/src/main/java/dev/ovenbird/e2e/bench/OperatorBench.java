package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.WriteAudit;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * {@code ./ovenbird bench operator}: the packaged operator on a real API server, etcd, controller
 * manager and scheduler of this machine; Node objects, kubelets' and agents' reports are simulated.
 */
@CommandLine.Command(
    name = "ovenbird bench operator",
    mixinStandardHelpOptions = true,
    description =
        "From apply to the last profile, node arrival, suspension, memory, writes at rest.")
public final class OperatorBench implements Callable<Integer> {
  private static final Duration SETTLE_LIMIT = Duration.ofMinutes(3);
  private static final int REST_LANES = 2;

  /** Nodes of the cluster whose every node is in every profile. */
  private static final int FEW_NODES = 3;

  /** Writes that tell of clients' sessions, as the audit names them. */
  private static final String SESSIONS = "patch vpnclients/status";

  /** Parts of the benchmark, each with a control plane of its own. */
  enum Part {
    LARGE,
    SMALL,
    REST
  }

  @Option(
      names = "--nodes",
      defaultValue = "1000",
      description = "Of the large cluster (${DEFAULT-VALUE}).")
  private int nodes;

  @Option(names = "--lanes", defaultValue = "4", description = "On each node (${DEFAULT-VALUE}).")
  private int lanes;

  @Option(
      names = "--clients",
      defaultValue = "10000",
      description = "VpnClients (${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--rest-clients",
      defaultValue = "500",
      description = "Connected while nothing changes (${DEFAULT-VALUE}).")
  private int restClients;

  @Option(
      names = "--moving",
      defaultValue = "0",
      description = {
        "Of these, how many reconnect to another instance every 30 s (${DEFAULT-VALUE}).",
        "One that only floats keeps its session: no report shows it."
      })
  private int moving;

  @Option(
      names = "--rest",
      defaultValue = "10m",
      converter = Minutes.class,
      description = "How long writes are counted at rest: 10m, 90s (${DEFAULT-VALUE}).")
  private Duration rest = Duration.ZERO;

  @Option(
      names = "--settle",
      defaultValue = "45s",
      converter = Minutes.class,
      description = "How long nothing is written before the rest begins (${DEFAULT-VALUE}).")
  private Duration settle = Duration.ZERO;

  @Option(names = "--suspensions", defaultValue = "9", description = "Times (${DEFAULT-VALUE}).")
  private int suspensions;

  @Option(
      names = "--parts",
      split = ",",
      defaultValue = "LARGE,SMALL,REST",
      description = "Which of ${COMPLETION-CANDIDATES} (all).")
  private Set<Part> parts = Set.of();

  @Option(
      names = "--json",
      defaultValue = "",
      description = "Where the figures go (.ovenbird/bench/operator.json).")
  private String json = "";

  /** 10m, 90s. */
  static final class Minutes implements CommandLine.ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      return Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
    }
  }

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new OperatorBench())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Path file =
        json.isEmpty()
            ? Installation.home().resolve(".ovenbird/bench/operator.json")
            : Path.of(json);
    OperatorReport report = new OperatorReport();
    try {
      for (Part part : new TreeSet<>(parts)) {
        switch (part) {
          case LARGE -> large(report);
          case SMALL -> small(report);
          case REST -> rest(report);
        }
      }
    } catch (IllegalStateException | AssertionError e) {
      report.print(System.out);
      System.err.println("bench: " + e.getMessage());
      return 1;
    }
    report.print(System.out);
    report.write(file);
    System.out.println("All figures: " + file);
    return 0;
  }

  private String scale(int nodeCount) {
    return String.format(Locale.ROOT, "%,d nodes x %d, %,d clients", nodeCount, lanes, clients);
  }

  private void large(OperatorReport report) throws IOException {
    String scale = scale(nodes);
    try (OperatorScenario scenario =
        new OperatorScenario(nodes, lanes, OperatorScenario.ONE_REPORT)) {
      report.add(
          scenario.applyUntilLastProfile("apply to last profile, " + scale, clients), "under 180");
      OperatorScenario.Arrival arrival = scenario.arrival("one node arrives, " + scale);
      report.add(arrival.phase(), "");
      report.add("profiles that it changed", "", arrival.changed(), "");
      report.add(
          "suspension to roster shard, " + scale,
          "s",
          scenario.suspensions(suspensions, clients),
          "under 1");
      report.addSize(scale, scenario.operator());
    }
  }

  private void small(OperatorReport report) throws IOException {
    String scale = scale(FEW_NODES);
    try (OperatorScenario scenario =
        new OperatorScenario(FEW_NODES, lanes, OperatorScenario.ONE_REPORT)) {
      report.add(
          scenario.applyUntilLastProfile("apply to last profile, " + scale, clients), "under 180");
      report.add(
          scenario.arrivalInEveryProfile(
              "one node arrives and every profile changes, " + scale, clients),
          "under 180");
      report.add(
          "suspension to roster shard, " + scale,
          "s",
          scenario.suspensions(suspensions, clients),
          "under 1");
      report.addSize(scale, scenario.operator());
    }
  }

  private void rest(OperatorReport report) throws IOException {
    try (Scope scope = new Scope()) {
      WriteAudit audit =
          new WriteAudit(
              TempFolder.create(scope, "ovenbird-bench"), OperatorInstallation.OPERATOR_NAMESPACE);
      OperatorScenario scenario =
          scope.add(
              new OperatorScenario(FEW_NODES, REST_LANES, OperatorScenario.REPORTS, audit.flags()));
      scenario.applyUntilLastProfile("apply before the rest", restClients);
      Map<String, Long> unconnected = audit.writes();
      scenario
          .agents()
          .sessions(
              new RestingClients(
                  scenario.uids(),
                  moving,
                  OperatorScenario.REPORTS,
                  () -> scenario.agents().instances()));
      scenario.agents().reportNow();
      Await.until(
          "every client's status to say that it is connected",
          SETTLE_LIMIT,
          () -> WriteAudit.difference(unconnected, audit.writes()).getOrDefault(SESSIONS, 0L),
          written -> written >= restClients);
      awaitSettled(audit);
      Map<String, Long> before = audit.writes();
      long reportsBefore = scenario.agents().reports();
      String name =
          String.format(
              Locale.ROOT,
              "%d s at rest, %,d clients connected, %d moving",
              rest.toSeconds(),
              restClients,
              moving);
      System.out.println("Counting writes: " + name);
      PhaseClock clock = scenario.clock(name);
      Await.until(
          "the rest's end",
          rest.plus(settle),
          clock::seconds,
          seconds -> seconds >= rest.toSeconds());
      report.add(clock.end(), "");
      Map<String, Long> writes = WriteAudit.difference(before, audit.writes());
      report.addWrites(writes);
      report.add(
          "the operator's writes then, without leases",
          "",
          count(writes, kind -> !kind.endsWith(WriteAudit.LEASES)),
          "0");
      report.add(
          "lease renewals then", "", count(writes, kind -> kind.endsWith(WriteAudit.LEASES)), "");
      report.add("instance reports then", "", scenario.agents().reports() - reportsBefore, "");
      report.add(
          "suspension to roster shard after the rest",
          "s",
          scenario.suspensions(suspensions, restClients),
          "under 1");
      report.addSize("at rest", scenario.operator());
    }
  }

  /** Returns when nothing but leases was written for a while. */
  private void awaitSettled(WriteAudit audit) {
    AtomicLong last = new AtomicLong(System.nanoTime());
    AtomicLong seen = new AtomicLong(-1);
    Map<String, Long> start = audit.writes();
    try {
      Awaitility.await("nothing written for " + settle.toSeconds() + " s")
          .atMost(SETTLE_LIMIT)
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                long count = count(audit.writes(), kind -> !kind.endsWith(WriteAudit.LEASES));
                if (seen.getAndSet(count) != count) {
                  last.set(System.nanoTime());
                }
                return System.nanoTime() - last.get() >= settle.toNanos();
              });
    } catch (ConditionTimeoutException e) {
      throw new IllegalStateException(
          "the operator does not come to rest; it wrote in "
              + SETTLE_LIMIT.toSeconds()
              + " s: "
              + WriteAudit.difference(start, audit.writes()),
          e);
    }
  }

  private static long count(Map<String, Long> writes, Predicate<String> kinds) {
    return writes.entrySet().stream()
        .filter(it -> kinds.test(it.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
