package dev.ovenbird.linux.udp;

import static dev.ovenbird.linux.call.Errno.EACCES;
import static dev.ovenbird.linux.call.Errno.EADDRINUSE;
import static dev.ovenbird.linux.call.Errno.EADDRNOTAVAIL;
import static dev.ovenbird.linux.call.Errno.EAFNOSUPPORT;
import static dev.ovenbird.linux.call.Errno.EINVAL;
import static dev.ovenbird.linux.call.SocketCalls.SOL_SOCKET;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Makes and checks UDP sockets. */
final class UdpBinding {
  private static final int SO_TYPE = 3;
  private static final int SO_DOMAIN = 39;
  private static final int IPPROTO_IP = 0;
  private static final int IP_PKTINFO = 8;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_RECVPKTINFO = 49;

  private UdpBinding() {}

  static UdpSocket bind(Family family, byte[] address, int port, UdpSocket.Options options) {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port);
    }
    if (address.length != 0 && address.length != family.addressBytes) {
      throw new IllegalArgumentException(address.length + " bytes are no " + family + " address");
    }
    String operation = "bind UDP " + describe(family, address, port);
    int created =
        SocketCalls.socket(
            family.domain,
            SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK | SocketCalls.SOCK_CLOEXEC,
            0);
    if (created < 0) {
      throw new LinuxException(operation, -created, remedy(-created));
    }
    Fd fd = Fd.owned(created);
    try {
      if (family == Family.V6) {
        set(operation, fd, IPPROTO_IPV6, IPV6_V6ONLY, options.dualStack() ? 0 : 1);
      }
      if (options.receiveBuffer() > 0) {
        LinuxException.check(
            operation + ", receive buffer",
            SocketCalls.setReceiveBuffer(fd.fd(), options.receiveBuffer()));
      }
      if (options.sendBuffer() > 0) {
        LinuxException.check(
            operation + ", send buffer", SocketCalls.setSendBuffer(fd.fd(), options.sendBuffer()));
      }
      requestDestination(operation, fd, family);
      int result = bind(fd, family, address, port);
      if (result < 0) {
        throw new LinuxException(operation, -result, remedy(-result));
      }
      int localPort = localPort(operation, fd);
      return new UdpSocket(
          fd, family, localPort, options.segmentation() && segments(fd), SendCall.SENDMMSG);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  static UdpSocket of(Fd fd) {
    String operation = "take over UDP socket from inherited " + fd;
    int type =
        LinuxException.check(operation, SocketCalls.getsockopt(fd.fd(), SOL_SOCKET, SO_TYPE));
    int domain =
        LinuxException.check(operation, SocketCalls.getsockopt(fd.fd(), SOL_SOCKET, SO_DOMAIN));
    if (type != SocketCalls.SOCK_DGRAM
        || (domain != SocketCalls.AF_INET && domain != SocketCalls.AF_INET6)) {
      throw new LinuxException(operation, EINVAL.number(), "it is no UDP socket");
    }
    Family family = domain == SocketCalls.AF_INET ? Family.V4 : Family.V6;
    fd.setNonBlocking();
    requestDestination(operation, fd, family);
    return new UdpSocket(fd, family, localPort(operation, fd), segments(fd), SendCall.SENDMMSG);
  }

  static int receiveBuffer(Fd fd) {
    return LinuxException.check(
        "read SO_RCVBUF", SocketCalls.getsockopt(fd.fd(), SOL_SOCKET, SocketCalls.SO_RCVBUF));
  }

  static int sendBuffer(Fd fd) {
    return LinuxException.check(
        "read SO_SNDBUF", SocketCalls.getsockopt(fd.fd(), SOL_SOCKET, SocketCalls.SO_SNDBUF));
  }

  private static void requestDestination(String operation, Fd fd, Family family) {
    if (family == Family.V4) {
      set(operation, fd, IPPROTO_IP, IP_PKTINFO, 1);
    } else {
      set(operation, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
  }

  /**
   * Whether the kernel knows UDP_SEGMENT (Linux 4.18). One that does not must be known before the
   * first send: it passes the control message over and sends a whole run as one long datagram.
   */
  private static boolean segments(Fd fd) {
    return SocketCalls.getsockopt(fd.fd(), SocketCalls.SOL_UDP, SocketCalls.UDP_SEGMENT) >= 0;
  }

  /** Fails before Linux 5.0. */
  static boolean receiveRuns(Fd fd) {
    return SocketCalls.setsockopt(fd.fd(), SocketCalls.SOL_UDP, SocketCalls.UDP_GRO, 1) == 0;
  }

  private static void set(String operation, Fd fd, int level, int option, int value) {
    LinuxException.check(
        operation + ", option " + level + "/" + option,
        SocketCalls.setsockopt(fd.fd(), level, option, value));
  }

  private static int bind(Fd fd, Family family, byte[] address, int port) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sockaddr = arena.allocate(SocketAddresses.SLOT_BYTES, 8);
      SocketAddresses.put(sockaddr, 0, family, 0, 0, port, 0);
      MemorySegment.copy(
          address,
          0,
          sockaddr,
          ValueLayout.JAVA_BYTE,
          family == Family.V4 ? SocketAddresses.V4_ADDRESS : SocketAddresses.V6_ADDRESS,
          address.length);
      return SocketCalls.bind(fd.fd(), sockaddr.address(), family.sockaddrBytes);
    }
  }

  private static int localPort(String operation, Fd fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sockaddr = arena.allocate(SocketAddresses.SLOT_BYTES, 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, SocketAddresses.SLOT_BYTES);
      LinuxException.check(
          operation, SocketCalls.getsockname(fd.fd(), sockaddr.address(), length.address()));
      return SocketAddresses.port(sockaddr, 0);
    }
  }

  private static String describe(Family family, byte[] address, int port) {
    if (address.length == 0) {
      return (family == Family.V4 ? "0.0.0.0:" : "[::]:") + port;
    }
    try {
      String text = InetAddress.getByAddress(address).getHostAddress();
      return family == Family.V4 ? text + ":" + port : "[" + text + "]:" + port;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address", e);
    }
  }

  private static String remedy(int errno) {
    if (errno == EADDRINUSE.number()) {
      return "another program uses this port; see 'ss -lunp'";
    }
    if (errno == EADDRNOTAVAIL.number()) {
      return "this host does not have the address";
    }
    if (errno == EACCES.number()) {
      return "ports below 1024 need root or CAP_NET_BIND_SERVICE";
    }
    if (errno == EAFNOSUPPORT.number()) {
      return "the kernel has this address family switched off";
    }
    return "";
  }
}
