package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.UdpTraffic.bind;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.call.Errno;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.testkit.Allocation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class UdpSocketTest {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final UdpSocket.Options DUAL_STACK = new UdpSocket.Options(0, 0, true);

  /** A client that takes answers only from the address it sent to. */
  private static DatagramChannel client(String server, int port) throws IOException {
    InetAddress address = InetAddress.ofLiteral(server);
    DatagramChannel client =
        DatagramChannel.open(
            server.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    client.connect(new InetSocketAddress(address, port));
    return client;
  }

  /** Returns when it is in the server's socket: a busy kernel delivers later, on loopback too. */
  private static void say(DatagramChannel client, UdpSocket server, String text)
      throws IOException {
    long before = UdpTraffic.waiting(server);
    client.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (UdpTraffic.waiting(server) == before && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
  }

  private static String hear(DatagramChannel client) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(2000);
    client.socket().setSoTimeout(5000);
    client.read(buffer);
    return new String(buffer.array(), 0, buffer.position(), UTF_8);
  }

  /** Sends what came in slot {@code i} back, from the address it came to. */
  private static void queueEcho(ReceiveBatch in, int i, SendBatch out) {
    int slot = out.reserve();
    assertThat(slot).isNotNegative();
    out.memory()
        .asSlice(out.offset(slot), in.length(i))
        .copyFrom(in.memory().asSlice(in.offset(i), in.length(i)));
    UdpTraffic.answer(in, i, out, slot);
  }

  private static void echoOne(UdpSocket server, String address) throws IOException {
    ReceiveBatch in = new ReceiveBatch(4, 2000);
    SendBatch out = new SendBatch(server.family(), 4, 2000);
    try (DatagramChannel client = client(address, server.localPort())) {
      say(client, server, "to " + address);
      assertThat(server.receive(in)).isEqualTo(1);
      Prefix sentTo = Prefix.parse(address);
      assertThat(in.localHigh(0)).isEqualTo(sentTo.high());
      assertThat(in.localLow(0)).isEqualTo(sentTo.low());
      InetSocketAddress from = (InetSocketAddress) client.getLocalAddress();
      Prefix remote = Prefix.of(from.getAddress().getAddress(), sentTo.ipv4() ? 32 : 128);
      assertThat(Prefix.host(in.remoteHigh(0), in.remoteLow(0))).isEqualTo(remote);
      assertThat(in.remotePort(0)).isEqualTo(from.getPort());
      assertThat(in.interfaceIndex(0)).as("lo").isEqualTo(1);
      queueEcho(in, 0, out);
      assertThat(server.send(out)).isEqualTo(1);
      assertThat(hear(client)).isEqualTo("to " + address);
    }
  }

  @Test
  void answers_leave_from_the_ipv4_address_they_came_to() throws Exception {
    try (UdpSocket server = bind(Family.V4)) {
      for (String address : new String[] {"127.0.0.1", "127.0.0.2", "127.9.9.9"}) {
        echoOne(server, address);
      }
    }
  }

  @Test
  void answers_leave_from_the_ipv6_address_they_came_to() throws Exception {
    Programs.addToLoopback("fd00:213::2");
    Programs.addToLoopback("fd00:213::3");
    try (UdpSocket server = bind(Family.V6)) {
      for (String address : new String[] {"::1", "fd00:213::2", "fd00:213::3"}) {
        echoOne(server, address);
      }
    }
  }

  @Test
  void a_dual_stack_socket_serves_both_families() throws Exception {
    try (UdpSocket server = UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, 0, DUAL_STACK)) {
      echoOne(server, "::1");
      echoOne(server, "127.0.0.2");
    }
  }

  @Test
  void an_ipv6_socket_leaves_ipv4_to_another_by_default() {
    try (UdpSocket six = bind(Family.V6);
        UdpSocket four =
            UdpSocket.bind(
                Family.V4, UdpSocket.WILDCARD, six.localPort(), UdpSocket.Options.DEFAULT)) {
      assertThat(four.localPort()).isEqualTo(six.localPort());
    }
  }

  @Test
  void one_call_receives_many_and_the_rest_waits() throws Exception {
    ReceiveBatch in = new ReceiveBatch(4, 100);
    try (UdpSocket server = bind(Family.V4);
        DatagramChannel client = client("127.0.0.1", server.localPort())) {
      assertThat(server.receive(in)).isZero();
      for (int i = 0; i < 6; i++) {
        say(client, server, "packet " + i);
      }
      assertThat(server.receive(in)).isEqualTo(4);
      assertThat(server.receive(in)).isEqualTo(2);
      byte[] text = new byte[in.length(1)];
      in.memory().asSlice(in.offset(1), text.length).asByteBuffer().get(text);
      assertThat(new String(text, UTF_8)).isEqualTo("packet 5");
      assertThat(server.receive(in)).isZero();
      assertThat(in.count()).isZero();
    }
  }

  @Test
  void a_datagram_longer_than_its_slot_is_marked() throws Exception {
    ReceiveBatch in = new ReceiveBatch(4, 10);
    try (UdpSocket server = bind(Family.V4);
        DatagramChannel client = client("127.0.0.1", server.localPort())) {
      say(client, server, "0123456789");
      say(client, server, "0123456789a");
      assertThat(server.receive(in)).isEqualTo(2);
      assertThat(in.truncated(0)).isFalse();
      assertThat(in.truncated(1)).isTrue();
      assertThat(in.length(1)).isEqualTo(10);
    }
  }

  private static void queue(SendBatch out, String destination, int port, int length) {
    Prefix address = Prefix.parse(destination);
    out.commit(out.reserve(), length, address.high(), address.low(), port, 0, 0, 0);
  }

  @Test
  void what_the_kernel_refuses_is_dropped_and_the_others_go() throws Exception {
    SendBatch out = new SendBatch(Family.V4, 8, 65536);
    try (UdpSocket server = bind(Family.V4);
        DatagramChannel client = client("127.0.0.1", server.localPort())) {
      int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
      queue(out, "198.51.100.1", 9, 10);
      queue(out, "127.0.0.1", port, 11);
      queue(out, "127.0.0.1", 0, 10);
      queue(out, "127.0.0.1", port, 65536);
      queue(out, "127.0.0.1", port, 12);
      assertThat(server.send(out)).isEqualTo(2);
      assertThat(server.dropped()).isEqualTo(3);
      assertThat(server.lastDropErrno()).isEqualTo(Errno.EMSGSIZE.number());
      assertThat(out.isEmpty()).isTrue();
      assertThat(hear(client)).hasSize(11);
      assertThat(hear(client)).hasSize(12);
    }
  }

  @Test
  void a_source_address_that_the_host_has_lost_drops_the_packet() {
    SendBatch out = new SendBatch(Family.V4, 8, 100);
    try (UdpSocket server = bind(Family.V4)) {
      Prefix lost = Prefix.parse("10.213.0.77");
      out.commit(out.reserve(), 10, 0, 0xffff_7f00_0001L, 9, lost.high(), lost.low(), 0);
      assertThat(server.send(out)).isZero();
      assertThat(server.dropped()).isEqualTo(1);
    }
  }

  @Test
  void icmp_errors_fail_neither_receive_nor_send() throws Exception {
    ReceiveBatch in = new ReceiveBatch(4, 100);
    SendBatch out = new SendBatch(Family.V4, 8, 100);
    try (UdpSocket server = bind(Family.V4)) {
      for (int i = 0; i < 3; i++) {
        queue(out, "127.0.0.1", 9, 10);
        assertThat(server.send(out)).isEqualTo(1);
        assertThat(server.receive(in)).isZero();
      }
      echoOne(server, "127.0.0.1");
    }
  }

  @Test
  void what_a_full_socket_does_not_take_is_sent_later_in_order() throws Exception {
    Programs.run("ip", "link", "add", "ovbt0", "type", "veth", "peer", "name", "ovbt1");
    Programs.run("ip", "addr", "add", "10.213.0.1/24", "dev", "ovbt0");
    Programs.run("ip", "link", "set", "ovbt0", "up");
    Programs.run("ip", "link", "set", "ovbt1", "up");
    SendBatch out = new SendBatch(Family.V4, 8, 1400);
    UdpSocket.Options small = new UdpSocket.Options(0, 1, false, false);
    try (UdpSocket server = UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, small)) {
      // Nobody answers ARP: the packets wait in the kernel and fill the socket's buffer.
      for (int i = 0; i < 8; i++) {
        queue(out, "10.213.0.2", 9, 1400);
      }
      int sent = server.send(out);
      assertThat(sent).isBetween(1, 7);
      assertThat(out.pending()).isEqualTo(8 - sent);
      assertThat(server.dropped()).isZero();
      while (out.reserve() >= 0) {
        queue(out, "10.213.0.2", 9, 1400);
      }
      assertThat(out.pending()).as("the ring is full").isEqualTo(8);
      assertThat(server.send(out)).isZero();
      Programs.run(
          "ip", "neigh", "replace", "10.213.0.2", "lladdr", "02:00:00:00:00:01", "dev", "ovbt0");
      long deadline = System.nanoTime() + 5_000_000_000L;
      int later = 0;
      while (!out.isEmpty() && System.nanoTime() < deadline) {
        later += server.send(out);
      }
      assertThat(later).isEqualTo(8);
      assertThat(server.dropped()).isZero();
    }
  }

  @Test
  void a_batch_is_used_as_it_is_meant() {
    SendBatch out = new SendBatch(Family.V4, 2, 100);
    assertThat(out.reserve()).isEqualTo(out.reserve());
    assertThatIllegalStateException().isThrownBy(() -> out.commit(1, 1, 0, 0, 0, 0, 0, 0));
    assertThatThrownBy(() -> out.commit(0, 101, 0, 0xffff_7f00_0001L, 9, 0, 0, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> out.commit(0, 1, 0, 1, 9, 0, 0, 0));
    assertThat(out.isEmpty()).isTrue();
    try (UdpSocket six = bind(Family.V6)) {
      assertThatIllegalArgumentException().isThrownBy(() -> six.send(out));
    }
  }

  @Test
  void buffers_go_beyond_the_hosts_limit() {
    try (UdpSocket server = bind(Family.V4)) {
      assertThat(server.receiveBuffer()).isEqualTo(8 << 20);
      assertThat(server.sendBuffer()).isEqualTo(8 << 20);
    }
  }

  @Test
  void a_port_in_use_and_a_foreign_address_are_said() {
    try (UdpSocket server = UdpSocket.bind(Family.V4, LOOPBACK, 0, UdpSocket.Options.DEFAULT)) {
      int port = server.localPort();
      assertThatThrownBy(() -> UdpSocket.bind(Family.V4, LOOPBACK, port, UdpSocket.Options.DEFAULT))
          .isInstanceOf(LinuxException.class)
          .hasMessage(
              "bind UDP 127.0.0.1:"
                  + port
                  + ": EADDRINUSE (Address already in use): another program uses this port; see"
                  + " 'ss -lunp'");
    }
    assertThatThrownBy(
            () ->
                UdpSocket.bind(
                    Family.V4, new byte[] {10, (byte) 213, 0, 1}, 1194, UdpSocket.Options.DEFAULT))
        .hasMessageContaining("bind UDP 10.213.0.1:1194: EADDRNOTAVAIL")
        .hasMessageContaining("this host does not have the address");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UdpSocket.bind(Family.V6, LOOPBACK, 1, UdpSocket.Options.DEFAULT));
  }

  @Test
  void a_socket_of_the_parent_is_taken_over() throws Exception {
    UdpSocket parent = bind(Family.V4);
    try (UdpSocket server = UdpSocket.of(Fd.inherited(parent.fd()))) {
      assertThat(server.localPort()).isEqualTo(parent.localPort());
      echoOne(server, "127.0.0.2");
    }
  }

  @Test
  void receiving_and_sending_allocate_nothing() {
    ReceiveBatch in = new ReceiveBatch(8, 2000);
    SendBatch out = new SendBatch(Family.V4, 8, 2000);
    try (UdpSocket server = bind(Family.V4)) {
      queue(out, "127.0.0.1", server.localPort(), 100);
      server.send(out);
      long allocated = Allocation.bytesPerRun(20_000, () -> UdpTraffic.echo(server, in, out));
      assertThat(UdpTraffic.goesRound(1, server, in, out)).isTrue();
      assertThat(allocated).isZero();
    }
  }
}
