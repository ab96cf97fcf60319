package dev.ovenbird.protocol.reliable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two ends talk over a link that loses, duplicates and reorders; every message gets through. */
class LossyLinkTest {
  private static final long MILLISECOND = 1_000_000L;
  private static final int MESSAGES = 40;

  private static final class End {
    final ReliableSender sender;
    final ReliableReceiver receiver = new ReliableReceiver(8);
    final AckList acks = new AckList();
    final List<Integer> received = new ArrayList<>();
    int written;

    End(int window) {
      sender = new ReliableSender(window);
    }

    void step(long now, List<byte[]> out) {
      while (written < MESSAGES && sender.hasRoom()) {
        sender.send(Opcode.CONTROL_V1, new byte[] {(byte) written++});
      }
      for (var message = sender.due(now); message != null; message = sender.due(now)) {
        int[] ids = acks.take(ControlBody.MAX_ACKS_WITH_MESSAGE);
        out.add(new ControlBody(ids, new SessionId(1), message.id(), message.payload()).encode());
      }
      if (acks.hasPending()) {
        out.add(
            ControlBody.acknowledgement(acks.take(ControlBody.MAX_ACKS), new SessionId(1))
                .encode());
      }
    }

    void receive(byte[] packet) throws Exception {
      // ACK_V1 is told by its opcode; here by its length.
      boolean ackOnly = packet.length == ControlBody.headerBytes(packet[0], true);
      ControlBody body = ControlBody.parse(ackOnly, packet);
      for (int ack : body.acks()) {
        sender.acknowledge(ack);
      }
      if (!ackOnly) {
        var offer = receiver.offer(body.messageId(), body.payload());
        assertThat(offer).isNotEqualTo(ReliableReceiver.Offer.BEYOND_WINDOW);
        acks.add(body.messageId());
        for (byte[] next = receiver.next(); next != null; next = receiver.next()) {
          received.add((int) next[0]);
        }
      }
    }

    boolean isDone() {
      return written == MESSAGES && sender.isEmpty() && received.size() == MESSAGES;
    }
  }

  private record Flight(boolean toLeft, byte[] packet, long arrival) {}

  private static long run(long seed) throws Exception {
    Random random = new Random(seed);
    double loss = random.nextDouble() * 0.4;
    End left = new End(4);
    End right = new End(4 + random.nextInt(3));
    List<Flight> link = new ArrayList<>();
    long now = 0;
    while (!(left.isDone() && right.isDone())) {
      for (End end : List.of(left, right)) {
        List<byte[]> out = new ArrayList<>();
        end.step(now, out);
        for (byte[] packet : out) {
          for (int copy = random.nextInt(10) == 0 ? 2 : 1; copy > 0; copy--) {
            if (random.nextDouble() >= loss) {
              long arrival = now + (1 + random.nextInt(200)) * MILLISECOND;
              link.add(new Flight(end == right, packet, arrival));
            }
          }
        }
      }
      long next = Math.min(left.sender.nextDeadline(), right.sender.nextDeadline());
      for (Flight flight : link) {
        next = Math.min(next, flight.arrival);
      }
      assertThat(next).as("something must be left to wait for").isLessThan(Long.MAX_VALUE);
      now = Math.max(now, next);
      for (Flight flight : List.copyOf(link)) {
        if (flight.arrival <= now) {
          link.remove(flight);
          (flight.toLeft ? left : right).receive(flight.packet);
        }
      }
    }
    for (End end : List.of(left, right)) {
      assertThat(end.received).isSorted().hasSize(MESSAGES).doesNotHaveDuplicates();
    }
    return now;
  }

  @Test
  void every_message_arrives_once_and_in_order() throws Exception {
    for (long seed = 0; seed < 200; seed++) {
      long first = run(seed);
      assertThat(run(seed)).as("seed %d", seed).isEqualTo(first);
    }
  }
}
