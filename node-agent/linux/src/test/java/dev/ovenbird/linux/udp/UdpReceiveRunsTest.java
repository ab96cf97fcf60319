package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.UdpTraffic.bind;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.SocketCalls;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.testkit.Allocation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class UdpReceiveRunsTest {
  private static final String LO = "127.0.0.1";
  private static final int SOCK_STREAM = 1;
  private static final UdpSocket.Options DUAL_STACK = new UdpSocket.Options(0, 0, true);

  private final SendBatch out = new SendBatch(Family.V4, 64, UdpTraffic.SLOT_BYTES);
  private final UdpTraffic traffic = new UdpTraffic(out);
  private final ReceiveBatch in = new ReceiveBatch(8, ReceiveBatch.RUN_BYTES);

  private static UdpSocket runs(UdpSocket socket) {
    assertThat(socket.receiveRuns()).isTrue();
    return socket;
  }

  /** The number that the traffic has written into a datagram of a slot. */
  private int number(int slot, int datagram) {
    long at = in.offset(slot) + (long) datagram * in.segmentBytes(slot);
    return in.memory().get(ValueLayout.JAVA_INT_UNALIGNED, at);
  }

  @Test
  void a_run_comes_in_one_slot_with_the_length_of_its_datagrams() throws Exception {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = runs(bind(Family.V4))) {
      traffic.queue(46, 1400, "127.0.0.2", LO, receiver.localPort());
      traffic.queue(4, 1200, LO, receiver);
      traffic.queue(1, 500, LO, receiver);
      traffic.queue(1, 300, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(52);
      assertThat(UdpTraffic.receiveAll(receiver, in)).isEqualTo(3);
      assertThat(in.length(0)).isEqualTo(46 * 1400);
      assertThat(in.segmentBytes(0)).isEqualTo(1400);
      assertThat(in.length(1)).isEqualTo(4 * 1200 + 500);
      assertThat(in.segmentBytes(1)).isEqualTo(1200);
      assertThat(in.length(2)).isEqualTo(300);
      assertThat(in.segmentBytes(2)).isEqualTo(300);
      for (int i = 0; i < 46; i++) {
        assertThat(number(0, i)).isEqualTo(i);
      }
      assertThat(number(1, 4)).isEqualTo(50);
      assertThat(number(2, 0)).isEqualTo(51);
      assertThat(Prefix.host(in.remoteHigh(0), in.remoteLow(0)))
          .isEqualTo(Prefix.parse("127.0.0.2"));
      assertThat(in.remotePort(1)).isEqualTo(sender.localPort());
      assertThat(Prefix.host(in.localHigh(0), in.localLow(0))).isEqualTo(Prefix.parse(LO));
      assertThat(in.truncated(0)).isFalse();
    }
  }

  @Test
  void a_dual_stack_socket_receives_runs_of_both_families_and_knows_where_they_went()
      throws Exception {
    Programs.addToLoopback("fd00:213::2");
    SendBatch six = new SendBatch(Family.V6, 16, UdpTraffic.SLOT_BYTES);
    UdpTraffic traffic = new UdpTraffic(six);
    try (UdpSocket sender = UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, 0, DUAL_STACK);
        UdpSocket receiver = runs(UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, 0, DUAL_STACK))) {
      for (String destination : new String[] {"fd00:213::2", "127.0.0.3"}) {
        traffic.queue(4, 1200, destination, receiver);
        assertThat(sender.send(six)).isEqualTo(4);
        assertThat(UdpTraffic.receiveAll(receiver, in)).isEqualTo(1);
        assertThat(in.segmentBytes(0)).isEqualTo(1200);
        assertThat(in.length(0)).isEqualTo(4 * 1200);
        Prefix sentTo = Prefix.parse(destination);
        assertThat(Prefix.host(in.localHigh(0), in.localLow(0))).isEqualTo(sentTo);
        assertThat(in.interfaceIndex(0)).as("lo").isEqualTo(1);
      }
    }
  }

  @Test
  void empty_datagrams_are_neither_lost_nor_part_of_a_run() throws Exception {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = runs(bind(Family.V4))) {
      traffic.queue(2, 100, LO, receiver);
      traffic.queue(2, 0, LO, receiver);
      traffic.queue(1, 100, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(5);
      assertThat(UdpTraffic.receiveAll(receiver, in)).isEqualTo(4);
      assertThat(in.length(0)).isEqualTo(200);
      assertThat(in.length(1)).isZero();
      assertThat(in.segmentBytes(1)).isZero();
      assertThat(in.length(2)).isZero();
      assertThat(in.segmentBytes(3)).isEqualTo(100);
    }
  }

  @Test
  void a_socket_of_the_parent_receives_runs_too() throws Exception {
    UdpSocket parent = bind(Family.V4);
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = runs(UdpSocket.of(Fd.inherited(parent.fd())))) {
      traffic.queue(3, 1000, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(3);
      assertThat(UdpTraffic.receiveAll(receiver, in)).isEqualTo(1);
      assertThat(in.segmentBytes(0)).isEqualTo(1000);
    }
  }

  @Test
  void a_kernel_that_refuses_and_a_socket_without_segmentation_go_on_one_by_one() throws Exception {
    Fd stream = Fd.owned(SocketCalls.socket(SocketCalls.AF_INET, SOCK_STREAM, 0));
    try (UdpSocket refused = new UdpSocket(stream, Family.V4, 1, true, SendCall.SENDMMSG)) {
      assertThat(refused.receiveRuns()).isFalse();
    }
    UdpSocket.Options without = new UdpSocket.Options(0, 0, false, false);
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, without)) {
      assertThat(receiver.receiveRuns()).isFalse();
      traffic.queue(3, 1000, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(3);
      assertThat(UdpTraffic.receiveAll(receiver, in)).isEqualTo(3);
      assertThat(in.length(2)).isEqualTo(1000);
      assertThat(in.segmentBytes(2)).isEqualTo(1000);
    }
  }

  @Test
  void a_segment_size_that_makes_no_sense_is_passed_over() {
    for (int size : new int[] {0, -1, 1001, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertThat(segmentBytes(20, size)).as("size %d", size).isEqualTo(1000);
    }
    assertThat(segmentBytes(20, 1000)).isEqualTo(1000);
    assertThat(segmentBytes(20, 1)).isEqualTo(1);
    for (int length : new int[] {0, 15, 16, 19, 24 + 1, -1, Integer.MAX_VALUE}) {
      assertThat(segmentBytes(length, 7)).as("control length %d", length).isEqualTo(1000);
    }
  }

  /** What a batch makes of a control message of this length with this size for 1000 bytes. */
  private int segmentBytes(int controlLength, int size) {
    MemorySegment memory = in.memory();
    long header = in.vector.header(0);
    long control = in.vector.control(0);
    memory.set(ValueLayout.JAVA_INT, header + MessageVector.LENGTH, 1000);
    memory.set(ValueLayout.JAVA_LONG, header + MessageVector.CONTROLLEN, 24);
    memory.set(ValueLayout.JAVA_LONG, control, controlLength);
    memory.set(ValueLayout.JAVA_INT, control + MessageVector.CMSG_LEVEL, SocketCalls.SOL_UDP);
    memory.set(ValueLayout.JAVA_INT, control + MessageVector.CMSG_TYPE, SocketCalls.UDP_GRO);
    memory.set(ValueLayout.JAVA_INT, control + MessageVector.CMSG_HEADER_BYTES, size);
    in.take(1);
    return in.segmentBytes(0);
  }

  @Test
  void receiving_runs_allocates_nothing() {
    try (UdpSocket server = runs(bind(Family.V4))) {
      long allocated =
          Allocation.bytesPerRun(
              2_000,
              () -> {
                for (int i = 0; i < 8; i++) {
                  out.commit(out.reserve(), 100, 0, 0xffff_7f00_0001L, server.localPort(), 0, 0, 0);
                }
                server.send(out);
                server.receive(in);
              });
      assertThat(in.length(0)).isEqualTo(800);
      assertThat(allocated).isZero();
    }
  }
}
