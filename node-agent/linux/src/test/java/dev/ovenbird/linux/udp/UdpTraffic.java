package dev.ovenbird.linux.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.netlink.Prefix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Numbered datagrams between sockets. */
final class UdpTraffic {
  static final int SLOT_BYTES = 1400;

  /** What came: its length, its number and who sent it. */
  record Came(int length, int number, String from) {}

  private final SendBatch out;
  private int number;

  UdpTraffic(SendBatch out) {
    this.out = out;
  }

  static UdpSocket bind(Family family) {
    return UdpSocket.bind(family, UdpSocket.WILDCARD, 0, UdpSocket.Options.DEFAULT);
  }

  void queue(int count, int length, String destination, UdpSocket receiver) {
    queue(count, length, "::", destination, receiver.localPort());
  }

  void queue(int count, int length, String source, String destination, int port) {
    Prefix from = Prefix.parse(source);
    Prefix to = Prefix.parse(destination);
    for (int i = 0; i < count; i++) {
      int slot = out.reserve();
      MemorySegment data = out.memory().asSlice(out.offset(slot), SLOT_BYTES);
      data.fill((byte) number);
      data.set(ValueLayout.JAVA_INT, 0, number);
      number++;
      out.commit(slot, length, to.high(), to.low(), port, from.high(), from.low(), 0);
    }
  }

  /** All that arrives, in order, until so many are there; and nothing more. */
  static List<Came> receive(UdpSocket receiver, int expected) {
    ReceiveBatch in = new ReceiveBatch(64, 2000);
    List<Came> came = new ArrayList<>();
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (came.size() < expected && System.nanoTime() - deadline < 0) {
      for (int i = 0, count = receiver.receive(in); i < count; i++) {
        came.add(took(in, i));
      }
    }
    assertThat(came).hasSize(expected);
    assertThat(receiver.receive(in)).isZero();
    return came;
  }

  private static Came took(ReceiveBatch in, int slot) {
    int length = in.length(slot);
    MemorySegment data = in.memory().asSlice(in.offset(slot), length);
    int number = length < 4 ? -1 : data.get(ValueLayout.JAVA_INT, 0);
    for (int i = 4; i < length; i++) {
      assertThat(data.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) number);
    }
    String from = Prefix.host(in.remoteHigh(slot), in.remoteLow(slot)).toString();
    return new Came(length, number, from);
  }

  static List<Integer> lengths(List<Came> came) {
    return came.stream().map(Came::length).toList();
  }

  static void assertInOrder(List<Came> came) {
    assertThat(came.stream().map(Came::number).filter(n -> n >= 0).toList()).isSorted();
  }
}
