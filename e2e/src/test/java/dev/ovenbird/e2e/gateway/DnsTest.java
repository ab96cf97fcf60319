package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.gateway.Resolver.Answer;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Names through the gateway, with two lanes in one network, both of which have its address. */
class DnsTest {
  /** The forwarder itself gives up after eight seconds; it is nice to all else on the machine. */
  private static final int PATIENCE = 10_000;

  private static final String INSIDE = "web.default.svc.cluster.local";
  private static final Optional<Answer> ANSWER =
      Optional.of(new Answer(0, false, 1, GatewayStage.INSIDE_ANSWER));

  private static GatewayStage stage;
  private static Path environment;
  private static Namespace alice;
  private static Namespace bob;

  @BeforeAll
  static void open() throws Exception {
    stage = GatewayStage.open(3, GatewayStage.spec().client("alice").client("bob"));
    environment = stage.dir().resolve("environment");
    Path script = stage.dir().resolve("up.sh");
    Files.writeString(script, "#!/bin/sh\nenv | sort > " + environment + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    OpenVpnClient first =
        stage.connect(0, "alice", 0, "--script-security", "2", "--up", script.toString());
    alice = first.namespace();
    bob = stage.connect(1, "bob", 1).namespace();
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void both_lanes_answer_their_clients_by_either_family_and_transport() {
    for (Namespace from : new Namespace[] {alice, bob}) {
      for (String gateway : new String[] {GatewayStage.GATEWAY_IPV4, GatewayStage.GATEWAY_IPV6}) {
        assertThat(Resolver.udp(from, gateway, INSIDE, PATIENCE))
            .as(from + " " + gateway)
            .isEqualTo(ANSWER);
        assertThat(Resolver.tcp(from, gateway, INSIDE, PATIENCE))
            .as(from + " " + gateway)
            .isEqualTo(ANSWER);
      }
    }
    assertThat(stage.inside().asked()).contains(INSIDE + " udp", INSIDE + " tcp");
    assertThat(stage.metric("ovenbird_dns_events_total", "event=\"answered\""))
        .isGreaterThanOrEqualTo(8);
  }

  @Test
  void names_outside_the_split_are_answered_too_for_clients_that_ask_for_all() {
    assertThat(Resolver.udp(alice, GatewayStage.GATEWAY_IPV4, "www.example.org", PATIENCE))
        .isEqualTo(ANSWER);
  }

  @Test
  void an_answer_too_long_for_udp_is_cut_and_comes_whole_by_tcp() {
    String name = "big.default.svc.cluster.local";
    assertThat(Resolver.udp(alice, GatewayStage.GATEWAY_IPV4, name, PATIENCE))
        .contains(new Answer(0, true, 0, ""));
    assertThat(Resolver.tcp(alice, GatewayStage.GATEWAY_IPV4, name, PATIENCE))
        .contains(new Answer(0, false, 100, GatewayStage.INSIDE_ANSWER));
  }

  @Test
  void nobody_outside_of_the_tunnel_is_answered() {
    stage.lab().wan().ip("route", "replace", GatewayStage.GATEWAY_IPV4, "via", Lab.SERVER_IPV4);
    for (Namespace from :
        new Namespace[] {stage.lab().wan(), stage.lab().service(), stage.lab().server()}) {
      assertThat(Resolver.udp(from, GatewayStage.GATEWAY_IPV4, INSIDE, 700))
          .as("UDP from " + from)
          .isEmpty();
      assertThat(Resolver.tcp(from, GatewayStage.GATEWAY_IPV4, INSIDE, 700))
          .as("TCP from " + from)
          .isEmpty();
    }
    assertThat(Resolver.udp(stage.lab().wan(), Lab.SERVER_IPV4, INSIDE, 700)).isEmpty();
  }

  @Test
  void stock_2_6_hands_its_script_what_is_pushed() throws Exception {
    assertThat(Files.readString(environment))
        .contains(
            "dns_search_domain_1=svc.cluster.local\n",
            // 2.6 counts servers anew, from 1.
            "dns_server_1_address_1=" + GatewayStage.GATEWAY_IPV4 + "\n",
            "dns_server_1_resolve_domain_1=svc.cluster.local\n",
            // What scripts for resolvconf and for systemd-resolved read.
            "=dhcp-option DNS " + GatewayStage.GATEWAY_IPV4 + "\n",
            "=dhcp-option DOMAIN svc.cluster.local\n",
            "=dhcp-option DOMAIN-SEARCH svc.cluster.local\n",
            "=dhcp-option DOMAIN-ROUTE svc.cluster.local\n");
    assertThat(alice.ip("route", "get", GatewayStage.GATEWAY_IPV4)).contains("dev tun");
  }

  @Test
  void a_silent_name_server_delays_no_packet_and_another_is_asked() {
    stage.inside().silence(true);
    try {
      CompletableFuture<Optional<Answer>> waiting =
          CompletableFuture.supplyAsync(
              () -> Resolver.udp(alice, GatewayStage.GATEWAY_IPV4, "slow.example.org", 12_000));
      Await.until(
          "the name server is asked",
          Duration.ofSeconds(5),
          () -> stage.inside().asked(),
          asked -> asked.contains("slow.example.org udp"));
      assertThat(Ping.answers(alice, Lab.SERVICE_IPV4)).isTrue();
      assertThat(waiting).isNotDone();
      assertThat(waiting.join()).contains(new Answer(2, false, 0, ""));
      stage.nameServers(Lab.SERVICE_IPV4, Lab.SERVICE_IPV6);
      NameServer.start(stage.scope(), stage.lab().service(), Lab.SERVICE_IPV6, "10.96.0.77");
      Await.until(
          "the second name server's answer",
          Duration.ofSeconds(20),
          () -> Resolver.udp(alice, GatewayStage.GATEWAY_IPV4, INSIDE, 4_000),
          answer -> answer.isPresent() && answer.get().address().equals("10.96.0.77"));
    } finally {
      stage.inside().silence(false);
      stage.nameServers(Lab.SERVICE_IPV4);
    }
  }
}
