package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** ICMP echo requests by the system's ping, a few or going on until stopped. */
public final class Ping implements AutoCloseable {
  private static final Pattern SUMMARY =
      Pattern.compile("(\\d+) packets transmitted, (\\d+) received(?:, \\+(\\d+) duplicates)?");
  private static final Pattern REPLY =
      Pattern.compile("^\\[([0-9.]+)] .* icmp_seq=(\\d+) .*time=([0-9.]+) ms");

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final LoggedProcess process;

  /**
   * What came back.
   *
   * @param millis round trips in milliseconds, sorted
   * @param longestGap seconds, the longest time between two replies
   */
  public record Result(
      int sent, int received, int duplicates, List<Double> millis, double longestGap) {
    public int lost() {
      return sent - received;
    }

    /** The middle of the round trips in milliseconds; NaN without any reply. */
    public double median() {
      return quantile(0.5);
    }

    /** The round trip that this share of all took at most, milliseconds; NaN without any reply. */
    public double quantile(double share) {
      int at = Math.min((int) (millis.size() * share), millis.size() - 1);
      return millis.isEmpty() ? Double.NaN : millis.get(at);
    }
  }

  private Ping(LoggedProcess process) {
    this.process = process;
  }

  /** Sends {@code count} requests, one each {@code interval}, and waits a second for the last. */
  public static Result run(Namespace from, String target, int count, Duration interval) {
    Command.Result result =
        from.attempt(
            interval.multipliedBy(count).plusSeconds(15),
            "ping",
            "-D",
            "-n",
            "-W",
            "1",
            "-c",
            Integer.toString(count),
            "-i",
            seconds(interval),
            target);
    return parse(result.output(), false);
  }

  /** Whether any of three requests is answered. */
  public static boolean answers(Namespace from, String target) {
    return run(from, target, 3, Duration.ofMillis(200)).received() > 0;
  }

  /** Starts requests that go on until {@link #stop}. */
  public static Ping start(Namespace from, String target, Duration interval) {
    return new Ping(
        from.start(
            "ping " + target, Map.of(), "ping", "-D", "-O", "-n", "-i", seconds(interval), target));
  }

  /** Waits for the first answer, from which on silences count. */
  public Ping awaitAnswer(Duration limit) {
    process.await(line -> REPLY.matcher(line).find(), "an answer", 0, limit);
    return this;
  }

  /**
   * Waits for an answer that comes from now on, and returns when it came ({@link System#nanoTime}).
   */
  public long awaitNextAnswer(Duration limit) {
    return process
        .await(line -> REPLY.matcher(line).find(), "an answer", process.mark(), limit)
        .atNanos();
  }

  private static String seconds(Duration interval) {
    return String.format(java.util.Locale.ROOT, "%.3f", interval.toMillis() / 1000.0);
  }

  /**
   * Waits for one more answer, ends the requests and counts. A request before the last answer that
   * has none is lost; those after it are under way still, however many, and don't count.
   *
   * @throws AssertionError when nothing is answered any more
   */
  public Result stop() {
    process.await(line -> REPLY.matcher(line).find(), "an answer", process.mark(), LIMIT);
    process.signal("INT");
    process.awaitExit(LIMIT);
    return parse(String.join("\n", process.lines()), true);
  }

  /**
   * @param toLastAnswer whether what was sent after the last answer is left out
   */
  private static Result parse(String output, boolean toLastAnswer) {
    Matcher summary = SUMMARY.matcher(output);
    if (!summary.find()) {
      return new Result(0, 0, 0, List.of(), 0);
    }
    List<Double> millis = new ArrayList<>();
    double gap = 0;
    double last = 0;
    int lastSequence = 0;
    for (String line : output.lines().toList()) {
      Matcher reply = REPLY.matcher(line);
      if (reply.find()) {
        double at = Double.parseDouble(reply.group(1));
        gap = last == 0 ? gap : Math.max(gap, at - last);
        last = at;
        lastSequence = Math.max(lastSequence, Integer.parseInt(reply.group(2)));
        millis.add(Double.parseDouble(reply.group(3)));
      }
    }
    Collections.sort(millis);
    return new Result(
        toLastAnswer ? lastSequence : Integer.parseInt(summary.group(1)),
        Integer.parseInt(summary.group(2)),
        summary.group(3) == null ? 0 : Integer.parseInt(summary.group(3)),
        List.copyOf(millis),
        gap);
  }

  @Override
  public void close() {
    process.close();
  }
}
