package dev.ovenbird.linux.call;

import static dev.ovenbird.linux.call.Downcall.INT;
import static dev.ovenbird.linux.call.Downcall.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls on sockets; results and addresses as in {@link FileCalls}. */
public final class SocketCalls {
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 16;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_NONBLOCK = FileCalls.O_NONBLOCK;
  public static final int SOCK_CLOEXEC = FileCalls.O_CLOEXEC;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int SOL_SOCKET = 1;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SOL_UDP = 17;
  public static final int UDP_SEGMENT = 103;
  public static final int UDP_GRO = 104;

  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;

  private static final MethodHandle SOCKET =
      Downcall.link("socket", FunctionDescriptor.of(INT, INT, INT, INT));
  private static final MethodHandle BIND =
      Downcall.link("bind", FunctionDescriptor.of(INT, INT, LONG, INT));
  private static final MethodHandle GETSOCKNAME =
      Downcall.link("getsockname", FunctionDescriptor.of(INT, INT, LONG, LONG));
  private static final MethodHandle SETSOCKOPT =
      Downcall.link("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, LONG, INT));
  private static final MethodHandle GETSOCKOPT =
      Downcall.link("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, LONG, LONG));
  private static final MethodHandle RECV =
      Downcall.link("recv", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT));
  private static final MethodHandle SEND =
      Downcall.link("send", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT));
  private static final MethodHandle SENDMSG =
      Downcall.link("sendmsg", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle RECVMSG =
      Downcall.link("recvmsg", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle RECVMMSG =
      Downcall.link("recvmmsg", FunctionDescriptor.of(INT, INT, LONG, INT, INT, LONG));
  private static final MethodHandle SENDMMSG =
      Downcall.link("sendmmsg", FunctionDescriptor.of(INT, INT, LONG, INT, INT));
  private static final MethodHandle IF_NAMETOINDEX =
      Downcall.link("if_nametoindex", FunctionDescriptor.of(INT, LONG));

  private SocketCalls() {}

  public static int socket(int domain, int type, int protocol) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) SOCKET.invokeExact(errno, domain, type, protocol);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static int bind(int fd, long sockaddr, int length) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) BIND.invokeExact(errno, fd, sockaddr, length), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code length} is the address of a 32-bit length, read and written. */
  public static int getsockname(int fd, long sockaddr, long length) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) GETSOCKNAME.invokeExact(errno, fd, sockaddr, length);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static int setsockopt(int fd, int level, int option, long value, int length) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, length);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** Sets an option that is an int. */
  public static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return setsockopt(fd, level, option, arena.allocateFrom(INT, value).address(), 4);
    }
  }

  /**
   * Sets the length of a receive queue, in bytes; beyond the host's limit (net.core.rmem_max) only
   * with CAP_NET_ADMIN, else up to it.
   */
  public static int setReceiveBuffer(int fd, int bytes) {
    return setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
  }

  /** The same of a send queue (net.core.wmem_max). */
  public static int setSendBuffer(int fd, int bytes) {
    return setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
  }

  private static int setBuffer(int fd, int forced, int limited, int bytes) {
    int result = setsockopt(fd, SOL_SOCKET, forced, bytes);
    return result < 0 ? setsockopt(fd, SOL_SOCKET, limited, bytes) : result;
  }

  /** Reads an option that is an int and never negative. */
  public static int getsockopt(int fd, int level, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(INT);
      MemorySegment length = arena.allocateFrom(INT, 4);
      MemorySegment errno = Downcall.errno();
      int returned =
          (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value.address(), length.address());
      int result = Downcall.resultOf(returned, errno);
      return result < 0 ? result : value.get(INT, 0);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static long recv(int fd, long address, long length, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) RECV.invokeExact(errno, fd, address, length, flags), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static long send(int fd, long address, long length, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) SEND.invokeExact(errno, fd, address, length, flags), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code message} is the address of a struct msghdr. */
  public static long sendmsg(int fd, long message, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) SENDMSG.invokeExact(errno, fd, message, flags), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code message} is the address of a struct msghdr. */
  public static long recvmsg(int fd, long message, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) RECVMSG.invokeExact(errno, fd, message, flags), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code vector} is the address of {@code count} struct mmsghdr. */
  public static int recvmmsg(int fd, long vector, int count, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) RECVMMSG.invokeExact(errno, fd, vector, count, flags, 0L);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code vector} is the address of {@code count} struct mmsghdr. */
  public static int sendmmsg(int fd, long vector, int count, int flags) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) SENDMMSG.invokeExact(errno, fd, vector, count, flags);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** The index of the interface of this name, or 0 if there is none. */
  public static int interfaceIndex(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Downcall.errno();
      return (int) IF_NAMETOINDEX.invokeExact(errno, arena.allocateFrom(name).address());
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }
}
