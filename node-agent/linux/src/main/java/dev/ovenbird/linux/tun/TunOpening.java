package dev.ovenbird.linux.tun;

import static dev.ovenbird.linux.call.Errno.EACCES;
import static dev.ovenbird.linux.call.Errno.EBUSY;
import static dev.ovenbird.linux.call.Errno.EINVAL;
import static dev.ovenbird.linux.call.Errno.ENODEV;
import static dev.ovenbird.linux.call.Errno.ENOENT;
import static dev.ovenbird.linux.call.Errno.ENXIO;
import static dev.ovenbird.linux.call.Errno.EPERM;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.FileCalls;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The ioctls that turn /dev/net/tun into an interface (linux/if_tun.h). */
final class TunOpening {
  private static final String DEVICE = "/dev/net/tun";

  private static final long TUNSETIFF = 0x400454ca;
  private static final long TUNSETPERSIST = 0x400454cb;
  private static final long TUNSETOFFLOAD = 0x400454d0;
  private static final long TUNGETIFF = 0x800454d2L;
  private static final long SIOCSIFTXQLEN = 0x8943;

  private static final int IFF_TUN = 0x0001;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;

  private static final int TUN_F_CSUM = 0x01;
  private static final int TUN_F_TSO4 = 0x02;
  private static final int TUN_F_TSO6 = 0x04;
  private static final int TUN_F_USO4 = 0x20;
  private static final int TUN_F_USO6 = 0x40;
  private static final int TCP_OFFLOADS = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  private static final int ALL_OFFLOADS = TCP_OFFLOADS | TUN_F_USO4 | TUN_F_USO6;

  private static final int NAME_BYTES = 16;
  private static final int IFREQ_BYTES = 40;

  private TunOpening() {}

  static TunDevice open(String name, TunDevice.Options options) {
    if (!name.matches("[A-Za-z0-9._-]{1,15}") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "TUN name '" + name + "': 1 to 15 letters, digits, '.', '_' or '-'");
    }
    int opened =
        FileCalls.open(DEVICE, FileCalls.O_RDWR | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC);
    if (opened < 0) {
      throw new LinuxException("open " + DEVICE, -opened, openRemedy(-opened));
    }
    Fd fd = Fd.owned(opened);
    try {
      boolean vnetHeader = options.vnetHeader() && attach(fd, name, IFF_VNET_HDR) == 0;
      if (!vnetHeader) {
        int result = attach(fd, name, 0);
        if (result < 0) {
          throw new LinuxException("make TUN " + name, -result, attachRemedy(name, -result));
        }
      }
      boolean udpSegmentation = vnetHeader && offload(fd, options.udpSegmentation());
      LinuxException.check(
          "set persistence of TUN " + name,
          FileCalls.ioctl(fd.fd(), TUNSETPERSIST, options.persistent() ? 1 : 0));
      if (options.transmitQueueLength() > 0) {
        setTransmitQueueLength(name, options.transmitQueueLength());
      }
      return new TunDevice(fd, name, vnetHeader, udpSegmentation);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  static TunDevice of(Fd fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = arena.allocate(IFREQ_BYTES, 8);
      LinuxException.check(
          "take over TUN from inherited " + fd,
          FileCalls.ioctl(fd.fd(), TUNGETIFF, ifreq.address()));
      int flags = ifreq.get(ValueLayout.JAVA_SHORT, NAME_BYTES);
      if ((flags & IFF_TUN) == 0 || (flags & IFF_NO_PI) == 0) {
        throw new LinuxException(
            "take over TUN from inherited " + fd, EINVAL.number(), "it is no TUN without PI");
      }
      fd.setNonBlocking();
      boolean vnetHeader = (flags & IFF_VNET_HDR) != 0;
      // The kernel does not tell which offloads are on: set them anew.
      boolean udpSegmentation = vnetHeader && offload(fd, true);
      return new TunDevice(fd, ifreq.getString(0), vnetHeader, udpSegmentation);
    }
  }

  private static int attach(Fd fd, String name, int extraFlags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = arena.allocate(IFREQ_BYTES, 8);
      ifreq.setString(0, name);
      ifreq.set(ValueLayout.JAVA_SHORT, NAME_BYTES, (short) (IFF_TUN | IFF_NO_PI | extraFlags));
      return FileCalls.ioctl(fd.fd(), TUNSETIFF, ifreq.address());
    }
  }

  /** Asks for all there is; returns whether UDP's was granted, which kernels before 6.2 refuse. */
  private static boolean offload(Fd fd, boolean udp) {
    if (udp && FileCalls.ioctl(fd.fd(), TUNSETOFFLOAD, ALL_OFFLOADS) == 0) {
      return true;
    }
    // If this fails too, the kernel cuts everything up itself.
    FileCalls.ioctl(fd.fd(), TUNSETOFFLOAD, TCP_OFFLOADS);
    return false;
  }

  private static void setTransmitQueueLength(String name, int packets) {
    String operation = "set transmit queue length of " + name;
    try (Arena arena = Arena.ofConfined();
        Fd socket =
            Fd.owned(
                LinuxException.check(
                    operation,
                    SocketCalls.socket(
                        SocketCalls.AF_INET,
                        SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC,
                        0)))) {
      MemorySegment ifreq = arena.allocate(IFREQ_BYTES, 8);
      ifreq.setString(0, name);
      ifreq.set(ValueLayout.JAVA_INT, NAME_BYTES, packets);
      LinuxException.check(operation, FileCalls.ioctl(socket.fd(), SIOCSIFTXQLEN, ifreq.address()));
    }
  }

  private static String openRemedy(int errno) {
    if (errno == ENOENT.number()) {
      return "make it with 'mkdir -p /dev/net && mknod /dev/net/tun c 10 200', or in a pod mount"
          + " it as a CharDevice";
    }
    if (errno == ENODEV.number() || errno == ENXIO.number()) {
      return "load the kernel module with 'modprobe tun'";
    }
    if (errno == EPERM.number() || errno == EACCES.number()) {
      return "run as root; in a container the runtime must allow the device c 10:200";
    }
    return "";
  }

  private static String attachRemedy(String name, int errno) {
    if (errno == EBUSY.number()) {
      return "another process holds the TUN of this name; stop it first";
    }
    if (errno == EPERM.number()) {
      return "run as root or with the capability CAP_NET_ADMIN";
    }
    if (errno == EINVAL.number() && SocketCalls.interfaceIndex(name) != 0) {
      return "an interface of this name exists and is no TUN";
    }
    return "";
  }
}
