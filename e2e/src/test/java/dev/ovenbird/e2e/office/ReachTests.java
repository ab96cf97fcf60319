package dev.ovenbird.e2e.office;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.Subnets;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How far a client gets. */
interface ReachTests {
  Duration CONNECT = Duration.ofSeconds(60);
  int KUBELET = 10_250;
  int BYTES = 3_000_000;
  int LINK = 1500;

  Office office();

  @Test
  @Order(10)
  default void pods_of_every_node_and_services_are_reached() {
    try (Scope own = new Scope()) {
      Namespace laptop = connect(own).namespace();
      for (Host node : office().cluster().hosts()) {
        assertThat(get(laptop, "http://" + podOn(node) + ":8080/").output()).startsWith("web-");
      }
      assertThat(get(laptop, "http://" + office().web().clusterIp() + "/").output())
          .startsWith("web-");
    }
  }

  /** Downloads and uploads that take many full packets, on links as those of overlay networks. */
  @Test
  @Tag("machines")
  @Order(11)
  default void nothing_is_lost_on_small_links() throws IOException {
    for (int link : List.of(1450, 1400)) {
      office().machines().overlayMtu(link);
      office().web().restart();
      try (Scope own = new Scope()) {
        Namespace laptop = connect(own).namespace();
        for (Host node : office().cluster().hosts()) {
          String pod = "http://" + podOn(node) + ":8080/";
          assertThat(get(laptop, pod + "bytes/" + BYTES).output())
              .as("download from " + node + " by links of " + link)
              .hasSize(BYTES);
          Path file = office().folder().resolve("upload");
          try (RandomAccessFile upload = new RandomAccessFile(file.toFile(), "rw")) {
            upload.setLength(BYTES);
          }
          assertThat(get(laptop, pod, "--data-binary", "@" + file).output())
              .as("upload to " + node + " by links of " + link)
              .contains(Integer.toString(BYTES));
        }
      }
    }
    office().machines().mtu(LINK);
    office().web().restart();
  }

  @Test
  @Tag("machines")
  @Order(12)
  default void a_default_route_leads_to_the_internet_and_not_to_kubelets_or_metadata() {
    defaultRoute("{\"defaultRoute\":\"IPv4\"}");
    try (Scope own = new Scope()) {
      Await.until(
          "a default route is pushed",
          CONNECT,
          () -> connect(own),
          client -> {
            boolean pushed = goesByTunnel(client.namespace(), Subnets.INTERNET);
            if (!pushed) {
              client.close();
            }
            return pushed;
          });
      Namespace laptop = office().cluster().outside();
      Await.until(
          "the internet sees a node",
          CONNECT,
          () -> get(laptop, "http://" + Subnets.INTERNET + "/").output(),
          page ->
              office().cluster().hosts().stream()
                  .anyMatch(node -> page.equals("internet " + node.address() + "\n")));
      for (Host node : office().cluster().hosts()) {
        // The client keeps a route of its own to the node that it talks to; by that it gets there.
        laptop.ip("route", "replace", "10.99.0.0/24", "dev", "tun0", "metric", "1");
        if (goesByTunnel(laptop, node.address())) {
          assertThat(isRefused(laptop, "https://" + node.address() + ":" + KUBELET + "/"))
              .as("kubelet of " + node)
              .isTrue();
          assertThat(Ping.answers(laptop, node.address())).as("ping of " + node).isFalse();
        }
      }
      assertThat(goesByTunnel(laptop, Subnets.METADATA)).isTrue();
      assertThat(isRefused(laptop, "http://" + Subnets.METADATA + "/")).isTrue();
    }
    defaultRoute("{\"defaultRoute\":null}");
  }

  private void defaultRoute(String push) {
    office()
        .cluster()
        .kubectl(
            "--namespace=" + Office.NAMESPACE,
            "patch",
            "vpncluster",
            "office",
            "--type=merge",
            "--patch={\"spec\":{\"push\":" + push + "}}");
  }

  private static boolean goesByTunnel(Namespace from, String address) {
    return from.ip("route", "get", address).contains("tun0");
  }

  private OpenVpnClient connect(Scope own) {
    return OpenVpnClient.start(
            own, office().cluster().outside(), office().folder().resolve("alice.ovpn"))
        .awaitConnected(CONNECT);
  }

  private String podOn(Host node) {
    return office().web().on(node.name()).getStatus().getPodIP();
  }

  /** Both answer at once to whom they may answer. */
  private static boolean isRefused(Namespace from, String address) {
    return from.attempt(CONNECT, "curl", "-sk", "-m", "3", address).status() != 0;
  }

  private static Command.Result get(Namespace from, String address, String... options) {
    String[] command = new String[options.length + 5];
    List.of("curl", "-skS", "-m", "10", address).toArray(command);
    System.arraycopy(options, 0, command, 5, options.length);
    return from.attempt(CONNECT, command);
  }
}
