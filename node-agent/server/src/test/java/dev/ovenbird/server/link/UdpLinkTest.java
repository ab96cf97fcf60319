package dev.ovenbird.server.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With runs received as one, and on a socket that gives one datagram at a time. */
@Timeout(60)
class UdpLinkTest {
  private static final long LOOPBACK = 0xffff_7f00_0001L;
  private static final int FLOOD = 600;

  private final Random random = new Random(8);
  private final SendBatch out = new SendBatch(Family.V4, 1024, 4096);
  private final List<byte[]> sent = new ArrayList<>();

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }

  /** Notes what comes. */
  private static final class Receiver implements LinkReceiver {
    final List<byte[]> came = Collections.synchronizedList(new ArrayList<>());
    final List<Integer> ports = Collections.synchronizedList(new ArrayList<>());
    final List<DropReason> drops = Collections.synchronizedList(new ArrayList<>());
    volatile int counted;
    volatile long bytes;
    volatile int turns;

    @Override
    public void turnBegins() {
      turns++;
    }

    @Override
    public void received(LinkPath from, MemorySegment packet, long offset, int length) {
      came.add(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      ports.add(from.remotePort());
      // As decryption in place: the neighbours must not see it.
      packet.asSlice(offset, length).fill((byte) -1);
    }

    @Override
    public void disconnected(LinkPath path) {
      throw new AssertionError("UDP has no connections");
    }

    @Override
    public void turnEnds() {}

    @Override
    public void counted(boolean in, int packets, long byteCount) {
      if (in) {
        counted += packets;
        bytes += byteCount;
      }
    }

    @Override
    public void dropped(DropReason reason) {
      drops.add(reason);
    }

    @Override
    public void connections(int open) {}
  }

  private static UdpSocket bind(boolean offload) {
    return UdpSocket.bind(
        Family.V4,
        new byte[] {127, 0, 0, 1},
        0,
        new UdpSocket.Options(4 << 20, 4 << 20, false, offload));
  }

  private void queue(int port, int count, int length) {
    for (int i = 0; i < count; i++) {
      byte[] datagram = new byte[length];
      random.nextBytes(datagram);
      int slot = out.reserve();
      MemorySegment.copy(
          datagram, 0, out.memory(), ValueLayout.JAVA_BYTE, out.offset(slot), length);
      out.commit(slot, length, 0, LOOPBACK, port, 0, 0, 0);
      sent.add(datagram);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void datagrams_come_one_by_one_whole_and_in_order(boolean offload) {
    Receiver receiver = new Receiver();
    IoEventLoop loop = group.next();
    try (UdpSocket alice = bind(true);
        Arena arena = Arena.ofShared()) {
      UdpSocket socket = bind(offload);
      UdpLink link = new UdpLink(0, socket, new PathTable(16, random), receiver, arena);
      assertThat(link.receivesRuns()).isEqualTo(offload);
      link.start(loop);
      int port = socket.localPort();
      queue(port, 1, 3);
      queue(port, 40, 1300);
      queue(port, 1, 77);
      queue(port, 2, 0);
      queue(port, 5, Link.MAX_PACKET);
      queue(port, FLOOD, 100);
      assertThat(alice.send(out)).isEqualTo(sent.size());
      await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.came.size() == sent.size());
      assertThat(receiver.came).containsExactlyElementsOf(sent);
      assertThat(receiver.ports).containsOnly(alice.localPort());

      queue(port, 2, Link.MAX_PACKET + 1);
      queue(port, 1, 5);
      assertThat(alice.send(out)).isEqualTo(3);
      await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.drops.size() == 2);
      await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.counted == sent.size());
      assertThat(receiver.drops).containsOnly(DropReason.MALFORMED);
      assertThat(receiver.came.getLast()).isEqualTo(sent.getLast());
      if (offload) {
        // Those cut off at the slot's end have lost a byte otherwise.
        assertThat(receiver.bytes).isEqualTo(sent.stream().mapToLong(each -> each.length).sum());
      }
      assertThat(receiver.turns).isPositive();
      loop.submit(link::close).syncUninterruptibly();
    }
  }
}
