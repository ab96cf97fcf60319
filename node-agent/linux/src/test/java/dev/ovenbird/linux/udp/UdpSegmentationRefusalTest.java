package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.udp.UdpTraffic.assertInOrder;
import static dev.ovenbird.linux.udp.UdpTraffic.bind;
import static dev.ovenbird.linux.udp.UdpTraffic.lengths;
import static dev.ovenbird.linux.udp.UdpTraffic.receive;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.call.Errno;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class UdpSegmentationRefusalTest {
  private static final String LO = "127.0.0.1";
  private static final int SO_NO_CHECK = 11;

  private final SendBatch out = new SendBatch(Family.V4, 64, UdpTraffic.SLOT_BYTES);
  private final UdpTraffic traffic = new UdpTraffic(out);

  /** Sends as Linux does, but refuses every message of several datagrams. */
  private static final class RefusingKernel implements SendCall {
    private static final int IOVLEN = 24;
    private final Errno errno;
    int refused;

    RefusingKernel(Errno errno) {
      this.errno = errno;
    }

    @Override
    public int send(int fd, long vector, int count) {
      MemorySegment headers =
          MemorySegment.ofAddress(vector).reinterpret((long) count * MessageVector.MMSGHDR_BYTES);
      int taken = 0;
      while (taken < count && headers.get(ValueLayout.JAVA_LONG, taken * 64L + IOVLEN) == 1) {
        taken++;
      }
      if (taken == 0) {
        refused++;
        return -errno.number();
      }
      return SENDMMSG.send(fd, vector, taken);
    }
  }

  private static UdpSocket on(RefusingKernel kernel) {
    UdpSocket bound = bind(Family.V4);
    return new UdpSocket(Fd.inherited(bound.fd()), Family.V4, bound.localPort(), true, kernel);
  }

  @Test
  void a_kernel_that_cannot_segment_is_asked_once_and_nothing_is_lost() {
    for (Errno errno : new Errno[] {Errno.EIO, Errno.ENOPROTOOPT, Errno.EOPNOTSUPP}) {
      RefusingKernel kernel = new RefusingKernel(errno);
      try (UdpSocket sender = on(kernel);
          UdpSocket receiver = bind(Family.V4)) {
        traffic.queue(1, 700, LO, receiver);
        traffic.queue(5, 1200, LO, receiver);
        assertThat(sender.send(out)).isEqualTo(6);
        traffic.queue(5, 1200, LO, receiver);
        assertThat(sender.send(out)).isEqualTo(5);
        assertInOrder(receive(receiver, 11));
        assertThat(sender.segmentation()).isFalse();
        assertThat(sender.messages()).isEqualTo(11);
        assertThat(sender.dropped()).isZero();
        assertThat(kernel.refused).isEqualTo(1);
      }
    }
  }

  @Test
  void a_refused_run_goes_one_by_one_and_the_next_is_tried_again() {
    for (Errno errno : new Errno[] {Errno.EMSGSIZE, Errno.EINVAL, Errno.ENOBUFS, Errno.ENOMEM}) {
      RefusingKernel kernel = new RefusingKernel(errno);
      try (UdpSocket sender = on(kernel);
          UdpSocket receiver = bind(Family.V4)) {
        for (int batch = 0; batch < 30; batch++) {
          traffic.queue(5, 1200, LO, receiver);
          assertThat(sender.send(out)).isEqualTo(5);
        }
        assertInOrder(receive(receiver, 150));
        assertThat(sender.segmentation()).isTrue();
        assertThat(sender.dropped()).isZero();
        assertThat(kernel.refused).as("one a run, two where the ring wraps").isBetween(30, 33);
      }
    }
  }

  @Test
  void datagrams_longer_than_the_mtu_are_fragmented_and_the_others_stay_runs() throws Exception {
    Programs.run("ip", "link", "set", "lo", "mtu", "1000");
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(4, 900, LO, receiver);
      traffic.queue(5, 1200, LO, receiver);
      traffic.queue(4, 900, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(13);
      var came = receive(receiver, 13);
      assertInOrder(came);
      assertThat(lengths(came).subList(4, 9)).isEqualTo(nCopies(5, 1200));
      assertThat(sender.segmentation()).isTrue();
      assertThat(sender.dropped()).isZero();
      assertThat(sender.messages()).isLessThanOrEqualTo(4 + 5);
    }
  }

  @Test
  void a_socket_without_checksums_cannot_segment_and_sends_all_the_same() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      SocketCalls.setsockopt(sender.fd(), SocketCalls.SOL_SOCKET, SO_NO_CHECK, 1);
      traffic.queue(5, 1200, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(5);
      assertInOrder(receive(receiver, 5));
      assertThat(sender.messages()).isEqualTo(5);
    }
  }

  @Test
  void a_peer_at_port_0_takes_segmentation_from_nobody() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(3, 100, "::", LO, 0);
      traffic.queue(3, 100, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(3);
      assertInOrder(receive(receiver, 3));
      assertThat(sender.dropped()).isEqualTo(3);
      assertThat(sender.lastDropErrno()).isEqualTo(Errno.EINVAL.number());
      assertThat(sender.segmentation()).isTrue();
      assertThat(sender.messages()).isEqualTo(1);
    }
  }

  @Test
  void a_run_without_a_route_is_dropped_whole_and_the_others_go() {
    try (UdpSocket sender = bind(Family.V4);
        UdpSocket receiver = bind(Family.V4)) {
      traffic.queue(2, 100, LO, receiver);
      traffic.queue(4, 100, "::", "198.51.100.1", 9);
      traffic.queue(2, 100, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(4);
      assertInOrder(receive(receiver, 4));
      assertThat(sender.dropped()).isEqualTo(4);
      assertThat(sender.lastDropErrno()).isEqualTo(Errno.ENETUNREACH.number());
      assertThat(sender.segmentation()).isTrue();
    }
  }

  @Test
  void segmentation_can_be_switched_off() {
    UdpSocket.Options without = new UdpSocket.Options(0, 0, false, false);
    try (UdpSocket sender = UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, without);
        UdpSocket receiver = bind(Family.V4)) {
      assertThat(sender.segmentation()).isFalse();
      traffic.queue(5, 1200, LO, receiver);
      assertThat(sender.send(out)).isEqualTo(5);
      assertInOrder(receive(receiver, 5));
      assertThat(sender.messages()).isEqualTo(5);
    }
  }
}
