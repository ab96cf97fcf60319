package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * IPv4 datagrams from a namespace's address and any port, even one that another program has bound.
 */
public final class ForgedUdp implements AutoCloseable {
  private static final int IPPROTO_UDP = 17;
  private static final int HEADER_BYTES = 8;
  private static final int MAX_BYTES = 2048;
  private static final int SOCKADDR_BYTES = 16;
  private static final int MSGHDR_BYTES = 56;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private final Fd fd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment datagram = arena.allocate(HEADER_BYTES + MAX_BYTES, 8);
  private final MemorySegment name = arena.allocate(SOCKADDR_BYTES, 8);
  private final MemorySegment vector = arena.allocate(16, 8);
  private final MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);

  private ForgedUdp(Fd fd) {
    this.fd = fd;
  }

  /** Needs root. */
  public static ForgedUdp open(Scope scope, Namespace from) {
    Fd raw =
        from.call(
            () ->
                Fd.owned(
                    LinuxException.check(
                        "open a raw socket",
                        SocketCalls.socket(
                            SocketCalls.AF_INET,
                            SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC,
                            IPPROTO_UDP))));
    return scope.add(new ForgedUdp(raw));
  }

  /** Sends one; its checksum is left out, which IPv4 allows. */
  public void send(int sourcePort, InetSocketAddress target, byte[] bytes) {
    datagram.set(SHORT, 0, (short) sourcePort);
    datagram.set(SHORT, 2, (short) target.getPort());
    datagram.set(SHORT, 4, (short) (HEADER_BYTES + bytes.length));
    datagram.set(SHORT, 6, (short) 0);
    MemorySegment.copy(bytes, 0, datagram, ValueLayout.JAVA_BYTE, HEADER_BYTES, bytes.length);
    name.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_INET);
    MemorySegment.copy(target.getAddress().getAddress(), 0, name, ValueLayout.JAVA_BYTE, 4, 4);
    vector.set(ValueLayout.JAVA_LONG, 0, datagram.address());
    vector.set(ValueLayout.JAVA_LONG, 8, HEADER_BYTES + bytes.length);
    message.set(ValueLayout.JAVA_LONG, 0, name.address());
    message.set(ValueLayout.JAVA_INT, 8, SOCKADDR_BYTES);
    message.set(ValueLayout.JAVA_LONG, 16, vector.address());
    message.set(ValueLayout.JAVA_LONG, 24, 1);
    long result = SocketCalls.sendmsg(fd.fd(), message.address(), 0);
    if (result < 0) {
      throw new LinuxException("send a forged datagram to " + target, (int) -result);
    }
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
