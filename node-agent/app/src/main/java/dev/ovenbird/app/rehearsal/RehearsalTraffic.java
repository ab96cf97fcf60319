package dev.ovenbird.app.rehearsal;

import dev.ovenbird.server.tun.InProcessTun;
import java.time.Duration;

/**
 * Packets through the tunnel, both ways at once, until the code that every packet takes is
 * compiled.
 */
final class RehearsalTraffic {
  private static final byte[] CLIENT = {10, 88, 0, 2};
  private static final byte[] SERVICE = {10, 96, 0, 1};

  /** So many are on their way each way; twice that fit into either end's queue. */
  private static final int BATCH = 32;

  static final int QUEUE = 2 * BATCH;
  private static final int BYTES = 1200;
  private static final int HEADER_BYTES = 28;
  private static final Duration LOST = Duration.ofMillis(100);

  private final InProcessTun client;
  private final InProcessTun server;

  RehearsalTraffic(InProcessTun client, InProcessTun server) {
    this.client = client;
    this.server = server;
  }

  /**
   * Returns when they have passed.
   *
   * @param batches of 32 packets each way
   */
  void flow(int batches) throws InterruptedException {
    byte[] up = udp(CLIENT, SERVICE);
    byte[] down = udp(SERVICE, CLIENT);
    for (int batch = 0; batch < batches; batch++) {
      for (int i = 0; i < BATCH; i++) {
        client.send(up);
        server.send(down);
      }
      for (int i = 0; i < BATCH; i++) {
        // One that does not come is no harm: nothing is proved here.
        if (server.receive(LOST) == null || client.receive(LOST) == null) {
          break;
        }
      }
    }
  }

  /** A UDP datagram without a checksum, as RFC 768 allows over IPv4. */
  private static byte[] udp(byte[] source, byte[] destination) {
    byte[] packet = new byte[HEADER_BYTES + BYTES];
    packet[0] = 0x45;
    set16(packet, 2, packet.length);
    packet[8] = 64;
    packet[9] = 17;
    System.arraycopy(source, 0, packet, 12, 4);
    System.arraycopy(destination, 0, packet, 16, 4);
    set16(packet, 10, headerChecksum(packet));
    set16(packet, 20, 5001);
    set16(packet, 22, 5001);
    set16(packet, 24, packet.length - 20);
    return packet;
  }

  private static int headerChecksum(byte[] packet) {
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += ((packet[i] & 0xff) << 8) + (packet[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
  }

  private static void set16(byte[] packet, int at, int value) {
    packet[at] = (byte) (value >> 8);
    packet[at + 1] = (byte) value;
  }
}
