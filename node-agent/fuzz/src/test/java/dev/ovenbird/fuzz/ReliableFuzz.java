package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.reliable.AckList;
import dev.ovenbird.protocol.reliable.ReliableReceiver;
import dev.ovenbird.protocol.reliable.ReliableSender;
import dev.ovenbird.protocol.wire.Opcode;
import java.util.HashSet;
import java.util.Set;

/** Any order of messages and acknowledgements: in order, once, within the window. */
public final class ReliableFuzz {
  private static final int WINDOW = 12;

  private ReliableFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Input input = new Input(data);
    ReliableReceiver receiver = new ReliableReceiver(WINDOW);
    ReliableSender sender = new ReliableSender(4);
    AckList acks = new AckList();
    Set<Long> held = new HashSet<>();
    long expected = 0;
    long now = 0;
    while (!input.isEmpty()) {
      switch (input.next() & 3) {
        case 0 -> {
          long id = input.next() < 128 ? expected + input.next() % 20 - 4 : input.nextInt();
          id &= 0xffffffffL;
          byte[] payload = {(byte) id};
          ReliableReceiver.Offer offer = receiver.offer(id, payload);
          if (offer == ReliableReceiver.Offer.STORED) {
            Check.that(id >= expected && id < expected + WINDOW, "outside the window");
            Check.that(held.add(id), "stored twice");
            acks.add(id);
          }
          byte[] message;
          while ((message = receiver.next()) != null) {
            Check.that(message[0] == (byte) expected && held.remove(expected), "out of order");
            expected++;
          }
        }
        case 1 -> {
          if (sender.hasRoom()) {
            sender.send(Opcode.CONTROL_V1, new byte[1]);
          }
          now += input.next() * 100_000_000L;
          int sent = 0;
          while (sender.due(now) != null) {
            Check.that(++sent <= 4, "more in flight than the window");
          }
        }
        case 2 -> sender.acknowledge(input.next() < 200 ? input.next() : input.nextInt());
        default -> {
          int most = input.next() & 15;
          Check.that(acks.take(most).length <= most, "more acknowledgements than asked for");
        }
      }
    }
  }
}
