package dev.ovenbird.linux.tun;

import static dev.ovenbird.linux.call.Errno.EAGAIN;
import static dev.ovenbird.linux.call.Errno.EBADF;
import static dev.ovenbird.linux.call.Errno.EBADFD;
import static dev.ovenbird.linux.call.Errno.EFAULT;
import static dev.ovenbird.linux.call.Errno.EINTR;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.FileCalls;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * A TUN interface: reads are the packets that the kernel routes into it, writes are packets that
 * arrive from it. Never waits. Reading and writing allocate nothing; each may be done by one thread
 * at a time.
 *
 * <p>With {@link #vnetHeader()} each packet is preceded by the 10 bytes of struct virtio_net_hdr in
 * the machine's byte order, in both directions.
 */
public final class TunDevice implements AutoCloseable {
  /** Nothing to read, or no room to write: wait for the descriptor to become ready. */
  public static final int WOULD_BLOCK = -1;

  /** The kernel did not take this packet (malformed, too long, interface down): drop it. */
  public static final int REFUSED = -2;

  /** Length of struct virtio_net_hdr. */
  public static final int VNET_HEADER_BYTES = 10;

  private final Fd fd;
  private final String name;
  private final int interfaceIndex;
  private final boolean vnetHeader;
  private final boolean udpSegmentation;

  TunDevice(Fd fd, String name, boolean vnetHeader, boolean udpSegmentation) {
    this.fd = fd;
    this.name = name;
    this.vnetHeader = vnetHeader;
    this.udpSegmentation = udpSegmentation;
    this.interfaceIndex = SocketCalls.interfaceIndex(name);
  }

  /**
   * How to open a TUN.
   *
   * @param vnetHeader ask for headers that let the kernel hand over and take many TCP or UDP
   *     segments as one packet; not granted by every kernel, see {@link TunDevice#vnetHeader()}
   * @param udpSegmentation ask for UDP too; not granted before Linux 6.2, see {@link
   *     TunDevice#udpSegmentation()}
   * @param persistent the interface stays when the last descriptor is closed
   * @param transmitQueueLength packets that wait in the kernel to be read; 0 leaves the kernel's
   *     500
   */
  public record Options(
      boolean vnetHeader, boolean udpSegmentation, boolean persistent, int transmitQueueLength) {
    /** A second's, while a successor starts. */
    private static final int WAITING = 20_000;

    /** Plain packets, gone with its last descriptor, room for {@value #WAITING} packets. */
    public static final Options PLAIN = new Options(false, false, false, WAITING);

    /** As {@link #PLAIN} with vnet headers. */
    public static final Options OFFLOADED = new Options(true, true, false, WAITING);

    public Options {
      if (transmitQueueLength < 0) {
        throw new IllegalArgumentException("transmitQueueLength " + transmitQueueLength);
      }
    }
  }

  /**
   * Makes the interface, or takes one over that was left behind as persistent.
   *
   * @param name 1 to 15 characters
   * @throws LinuxException with the remedy in its message if there is no /dev/net/tun, the process
   *     may not use it, or the name is in use
   */
  public static TunDevice open(String name, Options options) {
    return TunOpening.open(name, options);
  }

  /**
   * Takes over a TUN that another process opened.
   *
   * @throws LinuxException if the descriptor is no TUN or its interface is gone
   */
  public static TunDevice of(Fd inherited) {
    return TunOpening.of(inherited);
  }

  /** For epoll only. */
  public int fd() {
    return fd.fd();
  }

  public String name() {
    return name;
  }

  public int interfaceIndex() {
    return interfaceIndex;
  }

  /** Whether each packet is preceded by a vnet header. */
  public boolean vnetHeader() {
    return vnetHeader;
  }

  /** Whether the kernel also hands over and takes many UDP datagrams as one packet (Linux 6.2). */
  public boolean udpSegmentation() {
    return udpSegmentation;
  }

  /**
   * Reads one packet. What does not fit in {@code capacity} is cut off by the kernel.
   *
   * @param buffer native memory
   * @return its length with vnet header, or {@link #WOULD_BLOCK}
   * @throws LinuxException if the interface was taken away
   */
  public int read(MemorySegment buffer, long offset, int capacity) {
    long address = addressOf(buffer, offset, capacity);
    long result;
    do {
      result = FileCalls.read(fd.fd(), address, capacity);
    } while (EINTR.is(result));
    Reference.reachabilityFence(buffer);
    if (result >= 0) {
      return (int) result;
    }
    if (EAGAIN.is(result)) {
      return WOULD_BLOCK;
    }
    throw new LinuxException("read " + name, (int) -result, remedy((int) -result));
  }

  /**
   * Writes one packet.
   *
   * @param buffer native memory
   * @param length with vnet header
   * @return {@code length}, {@link #WOULD_BLOCK} or {@link #REFUSED}
   * @throws LinuxException if the interface was taken away
   */
  public int write(MemorySegment buffer, long offset, int length) {
    long address = addressOf(buffer, offset, length);
    long result;
    do {
      result = FileCalls.write(fd.fd(), address, length);
    } while (EINTR.is(result));
    Reference.reachabilityFence(buffer);
    return written(result);
  }

  /** Writes one packet that lies in pieces; returns as {@link #write}. */
  public int write(IoVector pieces) {
    long result;
    do {
      result = FileCalls.writev(fd.fd(), pieces.address(), pieces.count());
    } while (EINTR.is(result));
    Reference.reachabilityFence(pieces);
    return written(result);
  }

  private int written(long result) {
    if (result >= 0) {
      return (int) result;
    }
    if (EAGAIN.is(result)) {
      return WOULD_BLOCK;
    }
    if (EBADFD.is(result) || EBADF.is(result) || EFAULT.is(result)) {
      throw new LinuxException("write " + name, (int) -result, remedy((int) -result));
    }
    return REFUSED;
  }

  private static String remedy(int errno) {
    return errno == EBADFD.number() ? "the interface was deleted" : "";
  }

  private static long addressOf(MemorySegment buffer, long offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.byteSize());
    if (!buffer.isNative() || !buffer.scope().isAlive()) {
      throw new IllegalArgumentException("the kernel needs native memory that is not freed");
    }
    return buffer.address() + offset;
  }

  /** Closes the descriptor; the interface goes with it unless it is persistent. */
  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return "TUN " + name + " (index " + interfaceIndex + ")";
  }
}
