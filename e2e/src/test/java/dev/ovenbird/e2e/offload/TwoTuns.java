package dev.ovenbird.e2e.offload;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.server.tun.KernelTun;
import dev.ovenbird.server.tun.OffloadedTun;
import dev.ovenbird.server.tun.PacketBatch;
import dev.ovenbird.server.tun.Tun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Two TUNs in a namespace of their own whose kernel forwards from the first to the second. */
final class TwoTuns implements AutoCloseable {
  static final int MTU = 9000;
  private static final int BATCH = 64;
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String FIRST = "ovbfirst";

  private final Scope scope = new Scope();
  private final Arena arena = Arena.ofShared();
  private final Namespace namespace;
  private final Tun first;
  private final Tun second;
  private final PacketBatch batch = PacketBatch.allocate(arena, BATCH, MTU);

  TwoTuns(TunDevice.Options into, TunDevice.Options outOf) {
    scope.add(arena::close);
    namespace = Namespace.create(scope, "tuns");
    namespace.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    first = open(FIRST, into, 1);
    second = open("ovbsecond", outOf, 2);
  }

  private Tun open(String name, TunDevice.Options options, int side) {
    TunDevice device = scope.add(namespace.call(() -> TunDevice.open(name, options)));
    namespace.ip("addr", "add", "10.213." + side + ".1/24", "dev", name);
    namespace.ip("addr", "add", "fd00:213:" + side + "::1/64", "dev", name, "nodad");
    namespace.ip("link", "set", name, "mtu", Integer.toString(MTU), "up");
    return device.vnetHeader() ? new OffloadedTun(device, MTU, arena) : new KernelTun(device, MTU);
  }

  Namespace namespace() {
    return namespace;
  }

  /** How many packets the kernel has been given by the first. */
  long given() {
    String counter = "/sys/class/net/" + FIRST + "/statistics/rx_packets";
    return Long.parseLong(namespace.run("cat", counter).strip());
  }

  /** Gives packets to the kernel, at once. */
  void write(List<byte[]> packets) {
    try (Arena call = Arena.ofConfined()) {
      PacketBatch pointing = PacketBatch.pointing(packets.size());
      for (byte[] packet : packets) {
        MemorySegment memory = call.allocateFrom(ValueLayout.JAVA_BYTE, packet);
        pointing.add(memory, 0, packet.length);
      }
      int written = first.write(pointing);
      if (written != packets.size()) {
        throw new AssertionError("only " + written + " of " + packets.size() + " were taken");
      }
    }
  }

  /** What comes out of the second for its other side, until there are so many. */
  List<byte[]> read(int count) {
    List<byte[]> came = new ArrayList<>();
    long end = System.nanoTime() + LIMIT.toNanos();
    while (came.size() < count && System.nanoTime() < end) {
      second.read(batch);
      for (int i = 0; i < batch.size(); i++) {
        MemorySegment packet = batch.segment(i).asSlice(batch.offset(i), batch.length(i));
        byte[] bytes = packet.toArray(ValueLayout.JAVA_BYTE);
        if (isForOtherSide(bytes)) {
          came.add(bytes);
        }
      }
    }
    return came;
  }

  /** Routers and neighbours are looked for, too. */
  private static boolean isForOtherSide(byte[] packet) {
    boolean ipv6 = RawPackets.isIpv6(packet);
    byte[] wanted = RawPackets.address(ipv6, 2);
    int at = ipv6 ? 24 : 16;
    return Arrays.equals(packet, at, at + wanted.length, wanted, 0, wanted.length);
  }

  @Override
  public void close() {
    scope.close();
  }
}
