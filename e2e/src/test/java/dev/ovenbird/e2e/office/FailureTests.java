package dev.ovenbird.e2e.office;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.Node;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What people see when something fails: rows of {@code docs/failures.md}. */
interface FailureTests {
  Duration MINUTE = Duration.ofMinutes(1);
  int KILLS = 5;
  Duration KILLS_APART = Duration.ofSeconds(16);
  double FIRST_PACKET_SECONDS = 3;
  Predicate<Person> NOBODY = person -> false;

  /** The JVM, not the supervisor that has its command line, too. */
  String AGENT = "^java .*dev.ovenbird.app.Agent";

  Office office();

  FailureTable failures();

  /** The fifth comes when the first is more than a minute ago: else the supervisor would pause. */
  @Test
  @Tag("machines")
  @Order(20)
  default void clients_of_agents_killed_again_and_again_keep_their_sessions() {
    Node node = office().machines().node(1);
    observeSurvived(
        "agents of a node killed (`kill -9`), five times",
        on(node.host()),
        () -> {
          for (int kill = 0; kill < KILLS; kill++) {
            if (kill > 0) {
              Await.pause("between two kills", KILLS_APART);
            }
            node.run("pkill", "-KILL", "--full", AGENT);
          }
        });
  }

  @Test
  @Order(21)
  default void a_deleted_pods_clients_come_back() {
    Host node = office().cluster().hosts().getFirst();
    observe("agents' pods of a node deleted", on(node), () -> office().pods().deleteAgents(node));
  }

  @Test
  @Tag("machines")
  @Order(22)
  default void clients_of_a_node_without_power_go_elsewhere() {
    Node node = office().machines().node(1);
    observe("node powered off", on(node.host()), node::powerOff);
    office().machines().powerOn(node);
  }

  @Test
  @Tag("machines")
  @Order(23)
  default void clients_of_a_partitioned_node_go_elsewhere() {
    Node node = office().machines().node(2);
    observe("node cut off from the network", on(node.host()), node::partition);
    node.heal();
  }

  @Test
  @Order(24)
  default void a_cordoned_nodes_clients_are_sent_elsewhere() {
    Host node = office().cluster().hosts().get(1);
    observe("node cordoned", on(node), () -> office().cluster().kubectl("cordon", node.name()));
    office().cluster().kubectl("uncordon", node.name());
  }

  @Test
  @Tag("machines")
  @Order(25)
  default void a_new_node_gets_into_new_profiles_and_old_ones_still_work() {
    Profile old = office().profile("alice");
    Node[] added = new Node[1];
    observe(
        "node added",
        NOBODY,
        () -> {
          added[0] = office().machines().addNode();
          office().awaitWhole();
        });
    Profile current = office().profile("alice");
    assertThat(old.remotes()).noneMatch(it -> it.host().equals(added[0].address()));
    assertThat(current.remotes())
        .containsAll(old.remotes())
        .filteredOn(it -> it.host().equals(added[0].address()))
        .hasSize(Office.LANES);
    connects(old);
    connects(current.withOnly(it -> it.host().equals(added[0].address())));
    added[0].powerOff();
    office().cluster().kubectl("delete", "node", added[0].name());
  }

  private void connects(Profile profile) {
    try (Scope own = new Scope()) {
      Person.start(
              own,
              "alice",
              office().cluster().outside(),
              profile.write(office().folder().resolve("alice-again.ovpn")),
              office().target())
          .awaitAtWork();
    }
  }

  @Test
  @Order(26)
  default void nobody_notices_that_the_operator_is_away() {
    observe(
        "operator killed, back after a minute",
        NOBODY,
        () -> {
          office().pods().killOperators();
          Await.pause("the time that the failure is to last", MINUTE);
          office().pods().startOperators();
        });
  }

  /** A container that had died in the ten minutes before would be kept waiting by the kubelet. */
  @Test
  @Tag("machines")
  @Order(27)
  default void agents_start_again_without_the_api_server() {
    List<Double> firstPackets = new ArrayList<>();
    observe(
        "API server away for a minute, all agents' containers killed meanwhile, one by one",
        person -> true,
        people -> {
          office().cluster().plane().apiServer().stop();
          people.forEach(person -> firstPackets.add(killContainer(person)));
          Await.pause("the time that the failure is to last", MINUTE);
        },
        true);
    office().cluster().plane().apiServer().start();
    assertThat(firstPackets.stream().sorted().toList().get(firstPackets.size() / 2))
        .as("seconds from a container's first process to its first packet, median")
        .isLessThan(FIRST_PACKET_SECONDS);
  }

  /** Returns the seconds from the next container's first process to its first packet. */
  private double killContainer(Person person) {
    Node node =
        office().machines().nodes().stream()
            .filter(it -> it.isOn() && person.isOn(it.host()))
            .findFirst()
            .orElseThrow();
    Container container = person.container(node);
    container.killAndAwaitNext();
    long answered = person.awaitNextAnswer();
    double seconds = (answered - container.startNanos()) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s: first packet %.2f s after the container's first process began%n",
        person,
        seconds);
    return seconds;
  }

  private static Predicate<Person> on(Host node) {
    return person -> person.isOn(node);
  }

  /**
   * Lets the failure come while somebody works on each lane, and adds to the table what they saw.
   *
   * @param hit whose instance fails: these must come back, with their address; all others must not
   *     have noticed
   */
  private void observe(String failure, Predicate<Person> hit, Runnable fail) {
    observe(failure, hit, people -> fail.run(), false);
  }

  /** The same of a failure that sessions outlive: nobody connects anew. */
  private void observeSurvived(String failure, Predicate<Person> hit, Runnable fail) {
    observe(failure, hit, people -> fail.run(), true);
  }

  private void observe(
      String failure, Predicate<Person> hit, Consumer<List<Person>> fail, boolean sessionsSurvive) {
    try (Scope own = new Scope()) {
      List<Person> people = office().people(own);
      List<Person> those = people.stream().filter(hit).toList();
      List<Person> others = people.stream().filter(it -> !those.contains(it)).toList();
      fail.accept(those);
      if (!sessionsSurvive) {
        those.forEach(Person::awaitBack);
      }
      people.forEach(Person::awaitAnswers);
      assertThat(people).allMatch(Person::keptAddress);
      List<Person.Seen> hitSaw = leave(those);
      List<Person.Seen> othersSaw = leave(others);
      failures().add(failure, hitSaw, othersSaw);
      assertThat(hitSaw.isEmpty()).isEqualTo(hit.equals(NOBODY));
      assertThat(hitSaw).allMatch(it -> sessionsSurvive == (it.reconnects() == 0));
      assertThat(othersSaw).allMatch(it -> it.reconnects() == 0);
    }
  }

  private static List<Person.Seen> leave(List<Person> people) {
    return people.stream().map(Person::leave).toList();
  }
}
