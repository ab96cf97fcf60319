package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.TrixieClient;
import dev.ovenbird.e2e.gateway.Resolver.Answer;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplitDnsTest {
  private static final String HOME_ANSWER = "203.0.113.7";

  @Test
  void names_inside_the_split_go_to_the_gateway_and_others_to_the_home_server() throws Exception {
    try (GatewayStage stage = GatewayStage.open(1, GatewayStage.spec().client("alice").lanes(1))) {
      NameServer home =
          NameServer.start(stage.scope(), stage.lab().wan(), Lab.WAN_IPV4, HOME_ANSWER);
      Namespace alice = stage.lab().client(0);
      TrixieClient client =
          TrixieClient.connect(
              stage.scope(), alice, stage.profile("alice", 0), Lab.WAN_IPV4, "cluster.local");
      List<String> shown = client.lines();
      shown.forEach(line -> System.out.println("  " + line));
      assertThat(shown).anyMatch(line -> line.startsWith("OpenVPN 2.7"));
      assertThat(shown).anyMatch(line -> line.contains("setting DNS using resolvectl"));
      assertThat(shown)
          .anyMatch(line -> line.contains("DNS Servers: " + GatewayStage.GATEWAY_IPV4))
          .anyMatch(line -> line.contains("DNS Domain: svc.cluster.local"))
          .anyMatch(line -> line.contains("-DefaultRoute"));

      assertThat(Resolver.udp(alice, TrixieClient.STUB, "web.default.svc.cluster.local", 10_000))
          .contains(new Answer(0, false, 1, GatewayStage.INSIDE_ANSWER));
      assertThat(Resolver.udp(alice, TrixieClient.STUB, "www.example.org", 10_000))
          .contains(new Answer(0, false, 1, HOME_ANSWER));
      assertThat(stage.inside().asked())
          .anyMatch(name -> name.startsWith("web.default.svc.cluster.local "))
          .noneMatch(name -> name.contains("example.org"));
      assertThat(home.asked())
          .anyMatch(name -> name.startsWith("www.example.org "))
          .noneMatch(name -> name.contains("cluster.local"));
    }
  }
}
