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
      return millis.isEmpty() ? Double.NaN : millis.get(millis.size() / 2);
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
    return parse(result.output(), 0);
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

  private static String seconds(Duration interval) {
    return String.format(java.util.Locale.ROOT, "%.3f", interval.toMillis() / 1000.0);
  }

  /** Ends the requests and counts; the last two may be under way still and don't count as lost. */
  public Result stop() {
    process.signal("INT");
    process.awaitExit(Duration.ofSeconds(10));
    return parse(String.join("\n", process.lines()), 2);
  }

  private static Result parse(String output, int underWay) {
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
    int sent = Integer.parseInt(summary.group(1));
    return new Result(
        sent - Math.min(sent - lastSequence, underWay),
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
