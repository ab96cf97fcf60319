package dev.ovenbird.server.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InProcessTunTest {
  private final InProcessTun tun = new InProcessTun(100, 4);
  private final PacketBatch batch = PacketBatch.allocate(Arena.ofAuto(), 3, 128);

  @Test
  void packets_pass_in_order_and_are_signalled_once_until_read() {
    AtomicInteger signals = new AtomicInteger();
    tun.onReadable(signals::incrementAndGet);
    assertThat(tun.send(new byte[] {1})).isTrue();
    assertThat(tun.send(new byte[] {2})).isTrue();
    assertThat(signals).hasValue(1);
    assertThat(tun.read(batch)).isEqualTo(2);
    assertThat(batch.segment(1).get(ValueLayout.JAVA_BYTE, batch.offset(1))).isEqualTo((byte) 2);
    assertThat(tun.read(batch)).isZero();
    assertThat(tun.send(new byte[] {3})).isTrue();
    assertThat(signals).hasValue(2);
  }

  @Test
  void packets_that_wait_are_signalled_when_the_server_comes() {
    AtomicInteger signals = new AtomicInteger();
    tun.send(new byte[] {1});
    tun.onReadable(signals::incrementAndGet);
    assertThat(signals.get()).isEqualTo(1);
  }

  @Test
  void a_full_queue_and_a_packet_above_the_mtu_are_dropped() throws InterruptedException {
    assertThat(tun.send(new byte[101])).isFalse();
    for (int i = 0; i < 4; i++) {
      assertThat(tun.send(new byte[100])).isTrue();
    }
    assertThat(tun.send(new byte[1])).isFalse();
    assertThat(tun.read(batch)).isEqualTo(3);
    assertThat(tun.read(batch)).isEqualTo(1);

    PacketBatch out = PacketBatch.pointing(6);
    for (int i = 0; i < 6; i++) {
      out.add(MemorySegment.ofArray(new byte[] {(byte) i}), 0, 1);
    }
    assertThat(tun.write(out)).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(tun.receive(Duration.ZERO)).containsExactly(i);
    }
    assertThat(tun.receive(Duration.ZERO)).isNull();
  }

  @Test
  void a_closed_tun_takes_nothing() {
    tun.close();
    assertThat(tun.send(new byte[1])).isFalse();
  }
}
