package dev.ovenbird.e2e.differential;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code ./ovenbird fuzz differential}: what differs, with the reason where there is one. */
@CommandLine.Command(
    name = "ovenbird fuzz differential",
    mixinStandardHelpOptions = true,
    description = "The same odd packets to our server and to stock openvpn 2.6.")
public final class DifferentialFuzz implements Callable<Integer> {
  @Option(names = "--seconds", defaultValue = "60", description = "How long (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(names = "--seed", description = "Of an earlier run; else the time.")
  private long seed = System.nanoTime();

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new DifferentialFuzz()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    try (Duel duel = Duel.open()) {
      System.out.println("seed " + seed);
      List<Difference> unexplained = new ArrayList<>();
      Map<String, Integer> reasons = new TreeMap<>();
      for (Difference each : duel.run(seed, Duration.ofSeconds(seconds))) {
        Optional<Explained> why = Explained.of(each);
        why.ifPresent(reason -> reasons.merge(reason.toString(), 1, Integer::sum));
        if (why.isEmpty()) {
          unexplained.add(each);
        }
      }
      int cases = duel.tried().values().stream().mapToInt(Integer::intValue).sum();
      System.out.printf("%d cases%n", cases);
      reasons.forEach((reason, count) -> System.out.printf("%4d  %s%n", count, reason));
      unexplained.forEach(each -> System.out.println("      unexplained: " + each));
      return unexplained.isEmpty() ? 0 : 1;
    }
  }
}
