package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.service.Iperf;
import dev.ovenbird.e2e.service.NumberedPackets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The agent is killed at random moments while numbered packets go both ways to stock clients of
 * three makes, and a TCP stream to one of them.
 */
@Tag("alone")
class KillTest {
  private static final int KILLS = Integer.getInteger("ovenbird.survival.kills", 3);

  /** Packets a second to all clients together, and as many from them. */
  private static final int RATE = Integer.getInteger("ovenbird.survival.rate", 3_000);

  private static final boolean SPARE = Boolean.getBoolean("ovenbird.survival.spare");

  /** Of each of the six streams. */
  private static final int STREAM_RATE = RATE / 3;

  private static final Pattern STAGE =
      Pattern.compile("ovenbird_start_seconds\\{.*stage=\"(\\w+)\".*} (\\S+)");

  private static final boolean FULL = KILLS > 3;
  private static final Duration BACK = Duration.ofSeconds(30);

  /** Before a kill is known here the agent may be dead, with the packets that it had in hand. */
  private static final long IN_HAND_NANOS = 20_000_000;

  private static KillStage stage;

  @BeforeAll
  static void open() throws Exception {
    stage =
        KillStage.open(SPARE ? new ClusterSpec().lanesWithSpare(1) : new ClusterSpec().lanes(1));
    Iperf.serve(stage.scope(), stage.lab().service());
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  /**
   * One kill and what followed.
   *
   * @param stages seconds from the next process's exec to each stage of its start
   */
  private record Death(long killedAt, long backAt, Map<String, Double> stages) {
    double seconds() {
      return (backAt - killedAt) / 1e9;
    }
  }

  @Test
  @Timeout(600)
  void clients_of_a_killed_agent_notice_nothing_but_a_pause() throws Exception {
    int seconds = 20 + KILLS * (FULL ? 25 : 20);
    List<Death> deaths = new ArrayList<>();
    long seed = System.nanoTime();
    System.out.println("moments of the kills: seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<NumberedPackets> streams = stage.streams(STREAM_RATE, seconds);
    try (LoggedProcess iperf =
        Iperf.start(
            stage.clients().getFirst().at(), Lab.SERVICE_IPV4, seconds, "--bitrate", "10M")) {
      for (int i = 0; i < KILLS; i++) {
        awaitSent(streams.getFirst(), (FULL ? 12_000 : 1_500) + random.nextInt(1_500));
        List<Integer> keys = keys();
        long killedAt = stage.kill();
        long backAt = awaitBack(streams, killedAt);
        Await.until("new keys of every client", BACK, KillTest::keys, now -> allMore(keys, now));
        deaths.add(new Death(killedAt, backAt, stages()));
      }
      awaitSent(streams.getFirst(), 1_000);
      assertThat(iperf.isAlive()).as(iperf.tail(30)).isTrue();
    }
    for (NumberedPackets stream : streams) {
      stream.stop(Duration.ofSeconds(2));
    }
    print(deaths, streams);
    assertNobodyNoticed();
    for (NumberedPackets stream : streams) {
      assertThat(stream.repeated()).as(stream.name() + ", repeated").isZero();
      for (Death death : deaths) {
        if (death.seconds() < 1) {
          assertThat(stream.lost(death.killedAt() + IN_HAND_NANOS, death.backAt()))
              .as(stream.name() + ", lost of those sent while the agent was away")
              .isZero();
        }
      }
    }
  }

  /** Waits while a stream sends as many packets as it does in this time. */
  private static void awaitSent(NumberedPackets stream, int millis) {
    int goal = stream.sent() + STREAM_RATE * millis / 1000;
    Await.until("packets", Duration.ofMinutes(1), stream::sent, sent -> sent >= goal);
  }

  /** When packets sent after the kill have arrived on every stream. */
  private static long awaitBack(List<NumberedPackets> streams, long killedAt) {
    long back = 0;
    for (NumberedPackets stream : streams) {
      long first =
          Await.until(
              "packets flow " + stream.name(),
              BACK,
              () -> stream.firstArrivalOf(killedAt + IN_HAND_NANOS),
              at -> at != 0);
      back = Math.max(back, first);
    }
    return back;
  }

  private static List<Integer> keys() {
    return stage.clients().stream().map(KillStage.Connected::keys).toList();
  }

  private static Map<String, Double> stages() {
    Map<String, Double> stages = new LinkedHashMap<>();
    for (String line : stage.cluster().instance(0).awaitReady().get("/metrics").lines().toList()) {
      Matcher matcher = STAGE.matcher(line);
      if (matcher.matches()) {
        stages.put(matcher.group(1), Double.valueOf(matcher.group(2)));
      }
    }
    return stages;
  }

  private static boolean allMore(List<Integer> before, List<Integer> now) {
    for (int i = 0; i < before.size(); i++) {
      if (now.get(i) <= before.get(i)) {
        return false;
      }
    }
    return true;
  }

  private static void print(List<Death> deaths, List<NumberedPackets> streams) {
    List<Double> pauses = deaths.stream().map(Death::seconds).toList();
    System.out.printf(
        "%d kills under %d packets/s each way: packets flow again after %.3f s (median),"
            + " %.3f s (worst)%n",
        deaths.size(), STREAM_RATE * streams.size() / 2, median(pauses), Collections.max(pauses));
    deaths.getLast().stages().keySet().stream()
        .map(
            name ->
                String.format(
                    Locale.ROOT,
                    "%4.0f ms %s",
                    1000 * median(deaths.stream().map(it -> it.stages().get(name)).toList()),
                    name))
        .sorted()
        .forEach(System.out::println);
    for (NumberedPackets stream : streams) {
      int away = 0;
      for (Death death : deaths) {
        away += stream.lost(death.killedAt() + IN_HAND_NANOS, death.backAt());
      }
      System.out.printf(
          "  %s: %d sent, %d lost, %d of them sent while the agent was away%n",
          stream.name(), stream.sent(), stream.lost(), away);
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void assertNobodyNoticed() {
    for (KillStage.Connected each : stage.clients()) {
      if (each.client() instanceof OpenVpnClient stock) {
        assertThat(stock.connections()).as(stock.tail()).isEqualTo(1);
        assertThat(stock.log().lines())
            .noneMatch(line -> line.contains("SIGUSR1") || line.contains("Inactivity timeout"))
            .noneMatch(line -> line.contains("Connection refused"));
      } else {
        assertThat(each.client().tail()).doesNotContain("Reconnecting");
      }
    }
  }
}
