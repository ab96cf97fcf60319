package dev.ovenbird.e2e.operator.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Await;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Five thousand clients at once, and two operators that both think they lead. */
class AddressStressTest {
  private static final int CLIENTS = Integer.getInteger("clients", 5000);
  private static final int OPERATORS = Integer.getInteger("operators", 2);
  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final Duration GONE = Duration.ofMinutes(3);

  private String users = "";

  /**
   * Their namespace takes its time, and the next test's operator would work on all that are left.
   */
  @AfterEach
  void awaitClientsGone() {
    Await.until(
        "no client is left",
        GONE,
        () ->
            ControlPlane.shared()
                .client()
                .resources(VpnClient.class)
                .inNamespace(users)
                .list(new ListOptionsBuilder().withLimit(1L).build())
                .getItems(),
        List::isEmpty);
  }

  @Test
  @Timeout(value = 12, unit = TimeUnit.MINUTES)
  void no_address_is_given_twice_and_none_is_lost() throws Exception {
    try (ClientStage stage = new ClientStage()) {
      users = stage.users;
      stage.cluster("10.88.0.0/16");
      List<ClientStage.Acting> operators = new ArrayList<>();
      for (int i = 0; i < OPERATORS; i++) {
        operators.add(stage.operator());
      }
      long start = System.nanoTime();
      var failures = new ConcurrentHashMap<String, String>();
      AtomicBoolean done = new AtomicBoolean();
      Thread watching = Thread.ofVirtual().start(() -> watchRosters(stage, done, failures));
      try (var threads = Executors.newFixedThreadPool(4)) {
        for (int i = 0; i < CLIENTS; i++) {
          String name = "client-" + i;
          threads.submit(() -> stage.create(name));
        }
      }
      double created = seconds(start);
      Await.until(
          "all in the caches",
          LIMIT,
          () -> operators.getFirst().context.caches().clients().getStore().list().size(),
          count -> count >= CLIENTS);
      stage.patch("client-0", "{\"spec\":{\"suspend\":true}}");
      long patched = System.nanoTime();
      Await.until(
          "suspended in the roster",
          LIMIT,
          () -> stage.roster().get("client-0"),
          entry -> entry != null && entry.suspended());
      double suspended = seconds(patched);
      Await.until(
          "all ready",
          LIMIT,
          () ->
              operators.getFirst().context.caches().clients().getStore().list().stream()
                  .filter(
                      client ->
                          "Ready".equals(ClientStage.reason(client))
                              || "Suspended".equals(ClientStage.reason(client)))
                  .count(),
          count -> count == CLIENTS);
      double ready = seconds(start);
      Map<String, Roster.Entry> roster =
          Await.until("all listed", LIMIT, stage::roster, all -> all.size() == CLIENTS);
      System.out.printf(
          Locale.ROOT,
          "%d clients, %d operators that act: created in %.1f s, all ready after %.1f s, all in the"
              + " rosters after %.1f s; a suspension meanwhile was there in %.2f s%n",
          CLIENTS,
          OPERATORS,
          created,
          ready,
          seconds(start),
          suspended);
      done.set(true);
      watching.join();
      assertThat(failures).isEmpty();
      Set<String> addresses = new HashSet<>();
      Map<String, String> claims = stage.claims();
      for (VpnClient client : stage.clients()) {
        String name = client.getMetadata().getName();
        String address = client.getSpec().addresses().getFirst();
        assertThat(addresses.add(address)).as("%s of %s", address, name).isTrue();
        assertThat(claims.get(address)).startsWith(client.getMetadata().getUid() + " ");
        assertThat(Objects.requireNonNull(roster.get(name)).addresses()).contains(address);
      }
      assertThat(addresses).hasSize(CLIENTS);
    }
  }

  private static void watchRosters(
      ClientStage stage, AtomicBoolean done, Map<String, String> failures) {
    while (!done.get()) {
      Map<String, String> holders = new HashMap<>();
      stage
          .roster()
          .values()
          .forEach(
              entry -> {
                String other = holders.put(entry.addresses().getFirst(), entry.name());
                if (other != null) {
                  failures.put(entry.addresses().getFirst(), other + " and " + entry.name());
                }
              });
      LockSupport.parkNanos(1_000_000_000L);
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
