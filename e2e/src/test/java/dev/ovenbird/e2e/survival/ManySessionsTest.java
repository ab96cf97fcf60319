package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OwnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two hundred clients of our own on one instance that is killed while they work. */
@Tag("alone")
class ManySessionsTest {
  private static final int CLIENTS = 200;
  private static final int KILLS = Integer.getInteger("ovenbird.survival.kills", 3) > 3 ? 10 : 2;

  /** More deaths than five in a minute make the supervisor pause. */
  private static final Duration APART = Duration.ofSeconds(13);

  private static final int WORKERS = 4;
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration BACK = Duration.ofSeconds(60);

  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger silences = new AtomicInteger();
  private final AtomicBoolean working = new AtomicBoolean(true);

  @Test
  @Timeout(600)
  void all_sessions_carry_on_and_no_packet_id_is_used_twice() throws Exception {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-many");
      Lab lab = Lab.create(scope, 1);
      ClusterSpec spec = new ClusterSpec().lanes(1);
      for (int i = 0; i < CLIENTS; i++) {
        spec.client(name(i));
      }
      LocalCluster cluster = LocalCluster.start(scope, lab.server(), dir, spec);
      Capture capture =
          Capture.start(scope, lab.client(0), dir.resolve("data.pcap"), ClusterSpec.UDP_PORT);
      List<OwnClient> clients = connect(scope, lab, cluster);
      try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
        List<Future<?>> works = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
          int first = i;
          works.add(workers.submit(() -> work(clients, first)));
        }
        try {
          for (int kill = 0; kill < KILLS; kill++) {
            awaitAnswers(CLIENTS);
            if (KILLS > 2) {
              Await.pause("between two kills", APART);
            }
            kill(cluster);
            // Twice each, so that everybody has had an answer from the successor.
            awaitAnswers(2 * CLIENTS);
            assertThat(clients).as("after kill " + (kill + 1)).allMatch(OwnClient::isConnected);
          }
        } finally {
          working.set(false);
        }
        for (Future<?> work : works) {
          work.get();
        }
      }
      PacketIds ids = PacketIds.of(capture);
      System.out.printf(
          Locale.ROOT,
          "%d kills of an instance with %d sessions: %d answers, %d silences; %d data packets captured%n",
          KILLS,
          CLIENTS,
          answers.get(),
          silences.get(),
          ids.packets());
      assertThat(cluster.instance(0).awaitReady().metric("ovenbird_sessions", ""))
          .isEqualTo(CLIENTS);
      assertThat(silences).hasValue(0);
      assertThat(ids.packets()).isGreaterThan(2 * CLIENTS);
      assertThat(ids.repeated()).as("packet ids used twice").isZero();
    }
  }

  private static String name(int client) {
    return String.format(Locale.ROOT, "client-%03d", client);
  }

  private static List<OwnClient> connect(Scope scope, Lab lab, LocalCluster cluster) {
    Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT, "udp");
    List<OwnClient> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Profile profile =
          cluster
              .profile(name(i))
              .with(remote)
              .with("data-ciphers", "AES-256-GCM:CHACHA20-POLY1305");
      clients.add(OwnClient.start(scope, lab.client(0), profile).awaitConnected(CONNECT));
    }
    return clients;
  }

  /** Lets each of some clients have an answer, in turn, for as long as wanted. */
  private void work(List<OwnClient> clients, int first) {
    while (working.get()) {
      for (int i = first; i < clients.size() && working.get(); i += WORKERS) {
        (clients.get(i).reaches(Lab.SERVICE_IPV4) ? answers : silences).incrementAndGet();
      }
    }
  }

  private void awaitAnswers(int more) {
    int goal = answers.get() + more;
    Await.until(more + " answers", BACK, answers::get, count -> count >= goal);
  }

  private static void kill(LocalCluster cluster) {
    long pid = cluster.instance(0).pid();
    Command.run("kill", "-KILL", Long.toString(pid));
    Await.until(
        "the successor",
        BACK,
        cluster::instances,
        found -> found.size() == 1 && found.getFirst().pid() != pid);
  }
}
