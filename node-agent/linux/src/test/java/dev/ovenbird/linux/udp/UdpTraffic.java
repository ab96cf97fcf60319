package dev.ovenbird.linux.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.netlink.Prefix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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

  /** Sends what has come back unread, from the addresses it came to. */
  static void echo(UdpSocket server, ReceiveBatch in, SendBatch out) {
    int count = server.receive(in);
    for (int i = 0; i < count; i++) {
      answer(in, i, out, out.reserve());
    }
    server.send(out);
  }

  /** Fills the batch with all that was sent, in as few slots as the kernel makes of it. */
  static int receiveAll(UdpSocket receiver, ReceiveBatch in) throws IOException {
    long last = 0;
    long changed = System.nanoTime();
    long deadline = changed + 5_000_000_000L;
    // A busy kernel delivers later, on loopback too, and the one packet after the other.
    while (System.nanoTime() - deadline < 0
        && (last == 0 || System.nanoTime() - changed < 20_000_000L)) {
      long now = waiting(receiver);
      if (now != last) {
        last = now;
        changed = System.nanoTime();
      }
      Thread.onSpinWait();
    }
    return receiver.receive(in);
  }

  /** Bytes of the kernel's for what has come to a socket and was not received. */
  static long waiting(UdpSocket socket) throws IOException {
    Path table = Path.of("/proc/thread-self/net", socket.family() == Family.V4 ? "udp" : "udp6");
    String port = String.format(Locale.ROOT, ":%04X", socket.localPort());
    return Files.readAllLines(table).stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[1].endsWith(port))
        .mapToLong(fields -> Long.parseLong(fields[4].split(":")[1], 16))
        .sum();
  }

  /** Whether so many come back again: between two calls they may be on their way. */
  static boolean goesRound(int datagrams, UdpSocket server, ReceiveBatch in, SendBatch out) {
    int came = in.count();
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (came < datagrams && System.nanoTime() - deadline < 0) {
      echo(server, in, out);
      came += in.count();
    }
    return came >= datagrams;
  }

  /** Makes a reserved slot the answer to what came in slot {@code i}. */
  static void answer(ReceiveBatch in, int i, SendBatch out, int slot) {
    out.commit(
        slot,
        in.length(i),
        in.remoteHigh(i),
        in.remoteLow(i),
        in.remotePort(i),
        in.localHigh(i),
        in.localLow(i),
        in.interfaceIndex(i));
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
