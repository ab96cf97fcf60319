package dev.ovenbird.e2e.office;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.TrixieClient;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.Node;
import dev.ovenbird.e2e.kubernetes.node.Subnets;
import dev.ovenbird.e2e.kubernetes.node.TestCluster;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What the README promises, and who is let in. */
interface AccessTests {
  double BOUND = 1.2;
  Duration CUT = Duration.ofSeconds(2);
  Duration SOON = Duration.ofSeconds(30);
  String INSIDE = "web.default.svc.cluster.local";
  String OUTSIDE = "www.example.com";

  Office office();

  @Test
  @Order(1)
  default void the_readmes_quickstart_ends_with_a_page_by_its_name() throws IOException {
    List<String> connect = office().quickstart().connect();
    assertThat(connect.getFirst()).isEqualTo("sudo openvpn --config alice.ovpn");
    assertThat(connect.getLast()).isEqualTo("curl http://" + INSIDE);
    try (Scope scope = new Scope()) {
      TrixieClient laptop =
          TrixieClient.connect(
              scope,
              office().cluster().outside(),
              office().folder().resolve("alice.ovpn"),
              Subnets.INTERNET,
              "cluster.local");
      laptop.lines().forEach(line -> System.out.println("  " + line));
      assertThat(laptop.lines())
          .anyMatch(line -> line.startsWith("OpenVPN 2.7"))
          .anyMatch(line -> line.contains("DNS Servers: 10.88.0.1"))
          .anyMatch(line -> line.contains("DNS Domain: svc.cluster.local"));
      Command.Result page = laptop.attempt("curl", "-sS", "-m", "10", "http://" + INSIDE);
      System.out.println("$ " + connect.getLast() + "\n" + page.output());
      assertThat(page.output()).startsWith("web-");
      if (office().cluster() instanceof TestCluster own) {
        // Not through the tunnel, and asked of the person's own name server.
        assertThat(laptop.attempt("curl", "-sS", "-m", "10", "http://" + OUTSIDE).output())
            .isEqualTo("internet " + TestCluster.outsideAddress(0) + "\n");
        assertThat(own.internet().queries())
            .contains(OUTSIDE + " A")
            .noneMatch(name -> name.contains("cluster.local"));
      }
    }
  }

  @Test
  @Order(2)
  default void every_profile_lists_all_lanes_and_first_remotes_are_even() {
    Map<String, Profile> profiles = office().profiles();
    int lanes = office().cluster().hosts().size() * Office.LANES;
    assertThat(profiles).hasSizeGreaterThanOrEqualTo(Office.PEOPLE);
    for (Profile profile : profiles.values()) {
      assertThat(profile.remotes()).doesNotHaveDuplicates().hasSize(lanes);
    }
    if (office().cluster() instanceof TestCluster own) {
      for (Node node : own.nodes()) {
        for (int lane = 0; lane < Office.LANES; lane++) {
          assertThat(node.run("ss", "-Hlun", "sport = :" + (Office.PORT + lane)))
              .as("port of lane " + lane + " on " + node)
              .isNotBlank();
        }
      }
    }
    Map<String, Long> first =
        profiles.entrySet().stream()
            .filter(it -> it.getKey().startsWith("person-"))
            .collect(
                Collectors.groupingBy(
                    it -> it.getValue().remotes().getFirst().toString(),
                    TreeMap::new,
                    Collectors.counting()));
    System.out.println("First remotes of " + Office.PEOPLE + " people: " + first);
    double mean = (double) Office.PEOPLE / lanes;
    assertThat(first).hasSize(lanes);
    assertThat(first.values()).allMatch(count -> count <= BOUND * mean);
  }

  @Test
  @Order(3)
  default void a_suspended_client_is_cut_off_within_two_seconds_on_whichever_node() {
    try (Scope own = new Scope()) {
      List<Double> seconds = new ArrayList<>();
      List<Person> people = office().people(own);
      for (Person person : people) {
        long start = System.nanoTime();
        suspend(person, true);
        double patched = (System.nanoTime() - start) / 1e9;
        LoggedProcess.Line cut = person.await("AUTH_FAILED", SOON);
        seconds.add((cut.atNanos() - start) / 1e9);
        System.out.printf(
            Locale.ROOT,
            "%s: cut off %.2f s after kubectl began, which took %.2f s%n",
            person,
            seconds.getLast(),
            patched);
      }
      List<Integer> agents = new ArrayList<>();
      for (Host node : office().cluster().hosts()) {
        agents.addAll(office().pods().rosterMillis(node, people.size()));
      }
      Collections.sort(agents);
      System.out.printf(
          Locale.ROOT,
          "Of that an agent's own part, from the roster's arrival: median %d ms, slowest %d ms%n",
          agents.get(agents.size() / 2),
          agents.getLast());
      people.forEach(person -> suspend(person, false));
      double median = seconds.stream().sorted().toList().get(seconds.size() / 2);
      System.out.printf(Locale.ROOT, "Suspension until cut off, median: %.2f s%n", median);
      assertThat(median).isLessThan(CUT.toSeconds());
    }
  }

  private void suspend(Person person, boolean suspended) {
    office()
        .cluster()
        .kubectl(
            "--namespace=" + Office.NAMESPACE,
            "patch",
            "vpnclient",
            person.name(),
            "--type=merge",
            "--patch={\"spec\":{\"suspend\":" + suspended + "}}");
  }
}
