package dev.ovenbird.e2e.bench;

import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ServerEndpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** First packets of clients that never go on, as many as one core can send. */
final class ResetFlood {
  private static final int DIFFERENT = 256;
  private static final int SLOTS = 64;
  private static final int SLOT_BYTES = 2048;

  /** One by one: a run that the kernel hands over whole would count as one datagram. */
  private static final UdpSocket.Options SINGLY = new UdpSocket.Options(0, 0, false, false);

  private final InetSocketAddress server;
  private final List<byte[]> packets;

  private ResetFlood(InetSocketAddress server, List<byte[]> packets) {
    this.server = server;
    this.packets = packets;
  }

  /** Resets with a valid wrap: a server that keeps no state answers each. */
  static ResetFlood valid(InetSocketAddress server, ClientConfig config, SecureRandom random) {
    List<byte[]> packets = new ArrayList<>();
    for (int i = 0; i < DIFFERENT; i++) {
      new ClientEndpoint(
              config,
              new FirstPackets(packets),
              MemorySegment.ofArray(new byte[Math.toIntExact(ServerEndpoint.RECORD_BYTES)]),
              random)
          .start(System.nanoTime(), System.currentTimeMillis() / 1000);
    }
    return new ResetFlood(server, packets);
  }

  /** The same with a wrapped client key that no server key opens. */
  ResetFlood forged() {
    List<byte[]> forged = new ArrayList<>();
    for (byte[] packet : packets) {
      byte[] changed = packet.clone();
      // Of the WKc, which ends in its own length.
      changed[changed.length - 3] ^= 1;
      forged.add(changed);
    }
    return new ResetFlood(server, forged);
  }

  /** Sends for that long, in the calling thread's namespace. */
  void send(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Target target = Target.of(server);
    try (Arena arena = Arena.ofConfined();
        UdpSocket socket = UdpSocket.bind(Family.V4, UdpSocket.WILDCARD, 0, SINGLY)) {
      SendBatch batch = new SendBatch(arena, Family.V4, SLOTS, SLOT_BYTES);
      int next = 0;
      while (System.nanoTime() < end) {
        for (int slot; (slot = batch.reserve()) >= 0; next = (next + 1) % DIFFERENT) {
          byte[] packet = packets.get(next);
          MemorySegment.copy(
              packet, 0, batch.memory(), ValueLayout.JAVA_BYTE, batch.offset(slot), packet.length);
          target.commit(batch, slot, packet.length);
        }
        socket.send(batch);
      }
    }
  }

  /** Keeps what leaves and does nothing else. */
  private static final class FirstPackets extends QuietHost {
    private final List<byte[]> packets;

    FirstPackets(List<byte[]> packets) {
      this.packets = packets;
    }

    @Override
    public void transmit(MemorySegment packet, long offset, int length) {
      packets.add(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
