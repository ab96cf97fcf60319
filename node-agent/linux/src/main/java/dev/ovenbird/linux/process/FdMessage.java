package dev.ovenbird.linux.process;

import static dev.ovenbird.linux.call.Errno.EINTR;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * One message of a SOCK_SEQPACKET socket between an agent and its supervisor, with at most one
 * descriptor (SCM_RIGHTS).
 *
 * @param text ASCII; empty if the other side has closed the socket
 * @param fd open in this process and passed on to no child; -1 if none came
 */
record FdMessage(String text, int fd) {
  private static final int MAX_TEXT = 64;

  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct msghdr, iovec and cmsghdr of a 64-bit machine.
  private static final int MSGHDR_BYTES = 56;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int IOVEC_BYTES = 16;
  private static final int CMSG_BYTES = 24;
  private static final int CMSG_LEN = 20;
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;

  /**
   * Sends one.
   *
   * @param fd -1 for none
   * @return whether it was sent
   */
  static boolean send(int socket, String text, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      MemorySegment rights = arena.allocate(fd < 0 ? 0 : CMSG_BYTES, 8);
      MemorySegment message =
          message(arena, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), rights);
      if (fd >= 0) {
        rights.set(ValueLayout.JAVA_LONG, 0, CMSG_LEN);
        rights.set(ValueLayout.JAVA_INT, CMSG_LEVEL, SocketCalls.SOL_SOCKET);
        rights.set(ValueLayout.JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
        rights.set(ValueLayout.JAVA_INT, CMSG_DATA, fd);
      }
      return SocketCalls.sendmsg(socket, message.address(), MSG_NOSIGNAL) >= 0;
    }
  }

  /** Waits for the next. */
  static FdMessage receive(int socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MAX_TEXT);
      MemorySegment rights = arena.allocate(CMSG_BYTES, 8);
      MemorySegment message = message(arena, text, rights);
      long length;
      do {
        length = SocketCalls.recvmsg(socket, message.address(), MSG_CMSG_CLOEXEC);
      } while (EINTR.is(length));
      LinuxException.check("receive from the supervisor", (int) length);
      int fd = -1;
      if (message.get(ValueLayout.JAVA_LONG, MSG_CONTROLLEN) >= CMSG_LEN
          && rights.get(ValueLayout.JAVA_INT, CMSG_LEVEL) == SocketCalls.SOL_SOCKET
          && rights.get(ValueLayout.JAVA_INT, CMSG_TYPE) == SCM_RIGHTS) {
        fd = rights.get(ValueLayout.JAVA_INT, CMSG_DATA);
      }
      byte[] bytes = text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      return new FdMessage(new String(bytes, StandardCharsets.US_ASCII), fd);
    }
  }

  private static MemorySegment message(Arena arena, MemorySegment text, MemorySegment rights) {
    MemorySegment iovec = arena.allocate(IOVEC_BYTES, 8);
    iovec.set(ValueLayout.JAVA_LONG, 0, text.address());
    iovec.set(ValueLayout.JAVA_LONG, 8, text.byteSize());
    MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
    message.set(ValueLayout.JAVA_LONG, MSG_IOV, iovec.address());
    message.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
    if (rights.byteSize() > 0) {
      message.set(ValueLayout.JAVA_LONG, MSG_CONTROL, rights.address());
      message.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, rights.byteSize());
    }
    return message;
  }
}
