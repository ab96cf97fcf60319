package dev.ovenbird.e2e.office;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The chart's life after its installation; these come last. */
interface LifeTests {
  Duration CLEAN = Duration.ofSeconds(60);
  String IN = " --namespace=ovenbird-system --wait --timeout=3m";

  Office office();

  @Test
  @Order(100)
  default void an_upgrade_and_the_way_back_are_not_noticed() {
    try (Scope own = new Scope()) {
      List<Person> people = office().people(own);
      office().type("helm upgrade ovenbird helm/ovenbird --set=operator.logLevel=DEBUG" + IN);
      office().type("helm rollback ovenbird" + IN);
      people.forEach(Person::awaitAnswers);
      assertThat(people.stream().map(Person::leave)).allMatch(it -> it.reconnects() == 0);
    }
  }

  @Test
  @Order(101)
  default void an_uninstall_leaves_nodes_clean_and_what_people_own() {
    office().type("helm uninstall ovenbird" + IN);
    Await.until(
        "nodes as before", CLEAN, office()::states, state -> state.equals(office().statesBefore()));
    assertThat(office().type("kubectl -n vpn get vpncluster/office vpnclient/alice -o name"))
        .contains("vpncluster.ovenbird.dev/office", "vpnclient.ovenbird.dev/alice");
    assertThat(office().type("kubectl -n ovenbird-system get secret -o name")).contains("-ca");

    office().type("helm install ovenbird helm/ovenbird" + IN);
    office().awaitWhole();
    try (Scope own = new Scope()) {
      // By the profile of the first day.
      Person.start(
              own,
              "alice",
              office().cluster().outside(),
              office().folder().resolve("alice.ovpn"),
              office().target())
          .awaitAtWork();
    }
  }

  @Test
  @Order(102)
  default void who_deletes_everything_first_leaves_nothing() {
    office().type("kubectl delete namespace vpn --timeout=150s");
    office().type("helm uninstall ovenbird" + IN);
    assertThat(office().states()).isEqualTo(office().statesBefore());
  }
}
