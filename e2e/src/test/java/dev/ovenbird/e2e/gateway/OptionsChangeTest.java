package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.TrixieClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A cluster's pushed options change while people are connected. */
class OptionsChangeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String OPENED = "Session opened";

  @Test
  void openvpn_2_7_gets_new_routes_at_once_and_keeps_its_names_and_2_6_is_not_disturbed()
      throws Exception {
    ClusterSpec spec = GatewayStage.spec().client("alice").client("bob").lanes(1);
    try (GatewayStage stage = GatewayStage.open(2, spec)) {
      NameServer.start(stage.scope(), stage.lab().wan(), Lab.WAN_IPV4, "203.0.113.7");
      Namespace alice = stage.lab().client(0);
      TrixieClient current =
          TrixieClient.connect(
              stage.scope(), alice, stage.profile("alice", 0), Lab.WAN_IPV4, "cluster.local");
      OpenVpnClient older = stage.connect(1, "bob", 0);
      assertThat(tunnelRoutes(alice)).contains("10.96.0.0/12").doesNotContain("10.77.0.0/16");
      // The server's lines come by another way than the clients'.
      long opened =
          Await.until(
              "both sessions in the log",
              SOON,
              () -> stage.cluster().log().count(OPENED),
              count -> count >= 2);

      stage
          .cluster()
          .apply(
              spec.set(
                  "push",
                  "{routes: [10.77.0.0/16, \"fd00:96::/64\"],"
                      + " dns: {domains: [svc.cluster.local, corp.example]}}"));
      Await.until(
          "the new route in place of the old",
          SOON,
          () -> tunnelRoutes(alice),
          routes -> routes.contains("10.77.0.0/16") && !routes.contains("10.96.0.0/12"));
      Await.until(
          "its names at the resolver again",
          SOON,
          () -> current.attempt("resolvectl", "domain", "tun0").output(),
          domains -> domains.contains("svc.cluster.local"));
      assertThat(tunnelRoutes(older.namespace())).contains("10.96.0.0/12");
      assertThat(older.connections()).isEqualTo(1);
      assertThat(stage.cluster().log().count(OPENED)).isEqualTo(opened);
      assertThat(stage.metric("ovenbird_sessions", "")).isEqualTo(2);
    }
  }

  /** Of no device where there is none: the client makes its TUN anew for an update. */
  private static String tunnelRoutes(Namespace namespace) {
    return namespace
        .ip("route", "show")
        .lines()
        .filter(line -> line.contains(" dev tun0"))
        .collect(Collectors.joining("\n"));
  }
}
