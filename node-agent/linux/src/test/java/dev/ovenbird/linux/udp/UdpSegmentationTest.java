package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.UdpTraffic.assertInOrder;
import static dev.ovenbird.linux.udp.UdpTraffic.bind;
import static dev.ovenbird.linux.udp.UdpTraffic.lengths;
import static dev.ovenbird.linux.udp.UdpTraffic.receive;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.testkit.Allocation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class UdpSegmentationTest {
  private static final String LO = "127.0.0.1";

  private final SendBatch out = new SendBatch(Family.V4, 160, UdpTraffic.SLOT_BYTES);
  private final UdpTraffic traffic = new UdpTraffic(out);

  @Test
  void mixed_runs_to_two_peers_arrive_whole_and_in_order() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket alice = bind(Family.V4);
        UdpSocket bob = bind(Family.V4)) {
      traffic.queue(3, 1200, LO, alice);
      traffic.queue(2, 800, LO, bob);
      traffic.queue(1, 300, LO, alice);
      traffic.queue(4, 1200, LO, alice);
      traffic.queue(1, 500, LO, alice);
      traffic.queue(1, 400, LO, alice);
      traffic.queue(1, 900, LO, bob);
      assertThat(sender.send(out)).isEqualTo(13);
      assertThat(out.isEmpty()).isTrue();
      var toAlice = receive(alice, 10);
      var toBob = receive(bob, 3);
      assertThat(lengths(toAlice))
          .containsExactly(1200, 1200, 1200, 300, 1200, 1200, 1200, 1200, 500, 400);
      assertThat(lengths(toBob)).containsExactly(800, 800, 900);
      assertInOrder(toAlice);
      assertInOrder(toBob);
      // 3 + 2 + 1 + (4 and a shorter last one) + 1 + 1
      assertThat(sender.messages()).isEqualTo(6);
      assertThat(sender.segmentation()).isTrue();
    }
  }

  @Test
  void an_empty_datagram_is_not_lost_in_a_run() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(2, 100, LO, receiver);
      traffic.queue(2, 0, LO, receiver);
      traffic.queue(2, 100, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(6);
      assertThat(lengths(receive(receiver, 6))).containsExactly(100, 100, 0, 0, 100, 100);
      assertThat(sender.messages()).isEqualTo(4);
    }
  }

  @Test
  void a_run_is_cut_at_64_datagrams() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(130, 100, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(130);
      var came = receive(receiver, 130);
      assertThat(lengths(came)).isEqualTo(nCopies(130, 100));
      assertInOrder(came);
      assertThat(sender.messages()).as("64 + 64 + 2").isEqualTo(3);
    }
  }

  @Test
  void a_run_is_cut_at_what_an_ip_packet_holds() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(60, 1400, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(60);
      var came = receive(receiver, 60);
      assertThat(lengths(came)).isEqualTo(nCopies(60, 1400));
      assertInOrder(came);
      assertThat(sender.messages()).as("46 + 14").isEqualTo(2);
    }
  }

  @Test
  void a_run_is_cut_where_the_ring_begins_again() {
    SendBatch ring = new SendBatch(Family.V4, 8, UdpTraffic.SLOT_BYTES);
    UdpTraffic traffic = new UdpTraffic(ring);
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(5, 100, LO, receiver);
      assertThat(sender.send(ring)).isEqualTo(5);
      traffic.queue(8, 100, LO, receiver);
      assertThat(sender.send(ring)).isEqualTo(8);
      assertInOrder(receive(receiver, 13));
      assertThat(sender.messages()).as("5, then 3 + 5").isEqualTo(3);
    }
  }

  @Test
  void datagrams_from_different_addresses_stay_apart() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      int port = receiver.localPort();
      traffic.queue(2, 100, "127.0.0.2", LO, port);
      traffic.queue(2, 100, "127.0.0.3", LO, port);
      traffic.queue(1, 100, "127.0.0.2", LO, port);
      assertThat(sender.send(out)).isEqualTo(5);
      assertThat(receive(receiver, 5).stream().map(UdpTraffic.Came::from))
          .isEqualTo(
              List.of(
                  "127.0.0.2/32", "127.0.0.2/32", "127.0.0.3/32", "127.0.0.3/32", "127.0.0.2/32"));
      assertThat(sender.messages()).isEqualTo(3);
    }
  }

  @Test
  void a_dual_stack_socket_sends_runs_of_both_families_from_named_addresses() throws Exception {
    Programs.addToLoopback("fd00:213::2");
    SendBatch six = new SendBatch(Family.V6, 16, UdpTraffic.SLOT_BYTES);
    UdpTraffic traffic = new UdpTraffic(six);
    UdpSocket.Options dualStack = new UdpSocket.Options(0, 0, true);
    try (UdpSocket sender = UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, 0, dualStack);
        UdpSocket receiver = UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, 0, dualStack)) {
      traffic.queue(4, 1200, "fd00:213::2", "::1", receiver.localPort());
      traffic.queue(4, 1200, "127.0.0.2", LO, receiver.localPort());
      assertThat(sender.send(six)).isEqualTo(8);
      var came = receive(receiver, 8);
      assertInOrder(came);
      assertThat(came.get(3))
          .isEqualTo(new UdpTraffic.Came(1200, 3, Prefix.parse("fd00:213::2").toString()));
      assertThat(came.get(7)).isEqualTo(new UdpTraffic.Came(1200, 7, "127.0.0.2/32"));
      assertThat(sender.messages()).isEqualTo(2);
    }
  }

  @Test
  void runs_that_a_full_socket_does_not_take_are_sent_later_in_order() throws Exception {
    Programs.run("ip", "link", "add", "ovbt0", "type", "veth", "peer", "name", "ovbt1");
    Programs.run("ip", "addr", "add", "10.213.0.1/24", "dev", "ovbt0");
    Programs.run("ip", "link", "set", "ovbt0", "up");
    Programs.run("ip", "link", "set", "ovbt1", "up");
    UdpSocket.Options small = new UdpSocket.Options(0, 1, false);
    try (UdpSocket sender = UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, small)) {
      // Nobody answers ARP: the packets wait in the kernel and fill the socket's buffer.
      for (int port = 1; port <= 8; port++) {
        traffic.queue(4, 1400, "::", "10.213.0.2", port);
      }
      int sent = sender.send(out);
      assertThat(sent).isBetween(4, 28);
      assertThat(sent % 4).as("whole runs").isZero();
      assertThat(out.pending()).isEqualTo(32 - sent);
      Programs.run(
          "ip", "neigh", "replace", "10.213.0.2", "lladdr", "02:00:00:00:00:01", "dev", "ovbt0");
      long deadline = System.nanoTime() + 5_000_000_000L;
      while (!out.isEmpty() && System.nanoTime() < deadline) {
        sent += sender.send(out);
      }
      assertThat(sent).isEqualTo(32);
      assertThat(sender.dropped()).isZero();
      assertThat(sender.messages()).isEqualTo(8);
    }
  }

  @Test
  void sending_and_receiving_runs_allocates_nothing() {
    ReceiveBatch in = new ReceiveBatch(16, 2000);
    try (UdpSocket server = bind(Family.V4)) {
      traffic.queue(8, 100, LO, server);
      server.send(out);
      long allocated = Allocation.bytesPerRun(5_000, () -> UdpTraffic.echo(server, in, out));
      assertThat(UdpTraffic.goesRound(8, server, in, out)).isTrue();
      assertThat(allocated).isZero();
    }
  }
}
