package dev.ovenbird.linux.netlink;

import static dev.ovenbird.linux.call.Errno.EAGAIN;
import static dev.ovenbird.linux.call.Errno.EINTR;
import static dev.ovenbird.linux.call.Errno.ENOBUFS;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Hears of changes to routes in the main table that carry {@link RouteNetlink#PROTOCOL}, whoever
 * made them: the kernel tells them in the order in which they happened, one's own among them, and
 * has told a change before the call that made it returns. {@link #read} is called by one thread.
 */
public final class RouteWatch implements AutoCloseable {
  /** Some 1500 changes; beyond that the kernel says that it has forgotten some. */
  private static final int QUEUE_BYTES = 1 << 20;

  private static final int MESSAGE_BYTES = 16384;
  private static final int RTMGRP_IPV4_ROUTE = 0x40;
  private static final int RTMGRP_IPV6_ROUTE = 0x400;
  private static final int SOCKADDR_BYTES = 12;

  /** Sees the changes. */
  public interface Visitor {
    /**
     * @param present true: it was added, in place of another of the same destination; false: it was
     *     taken away
     */
    void changed(Route route, boolean present);
  }

  private final Arena arena = Arena.ofShared();
  private final MemorySegment message = arena.allocate(MESSAGE_BYTES, 8);
  private final Fd fd;

  private RouteWatch(int queueBytes) {
    String operation = "watch routes";
    fd = NetlinkSocket.open(operation, SocketCalls.SOCK_NONBLOCK);
    // With a shorter queue changes are lost sooner, which read tells.
    SocketCalls.setReceiveBuffer(fd.fd(), queueBytes);
    MemorySegment address = arena.allocate(SOCKADDR_BYTES, 4);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_NETLINK);
    address.set(ValueLayout.JAVA_INT, 8, RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
    int bound = SocketCalls.bind(fd.fd(), address.address(), SOCKADDR_BYTES);
    if (bound < 0) {
      close();
      throw new LinuxException(operation, -bound);
    }
  }

  /** Watches the calling thread's network namespace from now on. */
  public static RouteWatch open() {
    return new RouteWatch(QUEUE_BYTES);
  }

  /**
   * The same with a queue of another length.
   *
   * @param queueBytes that the kernel may hold; it has a least length of its own
   */
  static RouteWatch open(int queueBytes) {
    return new RouteWatch(queueBytes);
  }

  /** For epoll only: readable while there is something to {@link #read}. */
  public int fd() {
    return fd.fd();
  }

  /**
   * Shows all changes since the last call to the visitor, in order.
   *
   * @return false if some were lost: list the routes to know what is
   * @throws LinuxException if the socket can no longer be read
   */
  public boolean read(Visitor visitor) {
    boolean all = true;
    while (true) {
      long length =
          SocketCalls.recv(fd.fd(), message.address(), MESSAGE_BYTES, SocketCalls.MSG_TRUNC);
      if (EAGAIN.is(length)) {
        return all;
      }
      if (ENOBUFS.is(length) || length > MESSAGE_BYTES) {
        all = false;
      } else if (length >= 0) {
        visit(length, visitor);
      } else if (!EINTR.is(length)) {
        throw new LinuxException("read changes of routes", (int) -length);
      }
    }
  }

  private void visit(long length, Visitor visitor) {
    long at = 0;
    while (at + Request.HEADER_BYTES <= length) {
      int bytes = message.get(ValueLayout.JAVA_INT, at);
      if (bytes < Request.HEADER_BYTES || at + bytes > length) {
        return;
      }
      int type = message.get(ValueLayout.JAVA_SHORT, at + 4);
      if (type == RouteNetlink.RTM_NEWROUTE || type == RouteNetlink.RTM_DELROUTE) {
        Route route = NetlinkDump.route(message, at + Request.HEADER_BYTES, at + bytes);
        if (route != null) {
          visitor.changed(route, type == RouteNetlink.RTM_NEWROUTE);
        }
      }
      at += (bytes + 3L) & -4L;
    }
  }

  @Override
  public void close() {
    fd.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
