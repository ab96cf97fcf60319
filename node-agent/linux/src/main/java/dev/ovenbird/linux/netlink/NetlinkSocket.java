package dev.ovenbird.linux.netlink;

import static dev.ovenbird.linux.call.Errno.EAGAIN;
import static dev.ovenbird.linux.call.Errno.EINTR;
import static dev.ovenbird.linux.call.Errno.EPROTO;
import static dev.ovenbird.linux.call.Errno.ETIMEDOUT;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/** Asks the kernel and waits for its answer, which is there when the request's send returns. */
final class NetlinkSocket implements AutoCloseable {
  private static final int NETLINK_ROUTE = 0;
  private static final int SO_RCVTIMEO = 20;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_DUMP_INTR = 0x10;
  private static final int NLM_F_ACK_TLVS = 0x200;
  private static final int NLMSGERR_ATTR_MSG = 1;

  /**
   * For an answer that got lost. The time that the kernel itself takes, which includes waiting for
   * others who change network settings, passes in the send and has no limit.
   */
  private static final int TIMEOUT_SECONDS = 5;

  private static final int DUMP_ATTEMPTS = 5;
  private static final int ANSWER_BYTES = 65536;

  /** Sees each message of a dump; the body lies between {@code from} and {@code to}. */
  interface Visitor {
    void visit(MemorySegment memory, long from, long to);
  }

  private final Arena arena = Arena.ofShared();
  private final Request request = new Request(arena);
  private final MemorySegment answer = arena.allocate(ANSWER_BYTES, 8);
  private final Fd fd;
  private int sequence;

  NetlinkSocket() {
    String operation = "open rtnetlink";
    fd = open(operation, 0);
    MemorySegment timeout = arena.allocate(16, 8);
    timeout.set(ValueLayout.JAVA_LONG, 0, TIMEOUT_SECONDS);
    LinuxException.check(
        operation,
        SocketCalls.setsockopt(
            fd.fd(), SocketCalls.SOL_SOCKET, SO_RCVTIMEO, timeout.address(), 16));
    // Only for better error messages: kernels before 4.12 refuse.
    SocketCalls.setsockopt(fd.fd(), SOL_NETLINK, NETLINK_CAP_ACK, 1);
    SocketCalls.setsockopt(fd.fd(), SOL_NETLINK, NETLINK_EXT_ACK, 1);
  }

  /** A socket of rtnetlink in the calling thread's network namespace, with more flags. */
  static Fd open(String operation, int flags) {
    return Fd.owned(
        LinuxException.check(
            operation,
            SocketCalls.socket(
                SocketCalls.AF_NETLINK,
                SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC | flags,
                NETLINK_ROUTE)));
  }

  Request request(int type, int flags) {
    return request.begin(type, flags);
  }

  /**
   * Sends the request and waits for its acknowledgement.
   *
   * @return 0, or one of the negated error numbers in {@code expected}
   * @throws LinuxException for any other error
   */
  int ask(Request prepared, Supplier<String> operation, int... expected) {
    send(prepared, operation);
    while (true) {
      long length = receive(operation);
      for (long at = 0; at + Request.HEADER_BYTES <= length; at += aligned(at, length, operation)) {
        if (answer.get(ValueLayout.JAVA_INT, at + 8) == sequence
            && answer.get(ValueLayout.JAVA_SHORT, at + 4) == NLMSG_ERROR) {
          int error = answer.get(ValueLayout.JAVA_INT, at + Request.HEADER_BYTES);
          if (error == 0) {
            return 0;
          }
          for (int known : expected) {
            if (error == -known) {
              return error;
            }
          }
          throw new LinuxException(operation.get(), -error, reason(at));
        }
      }
    }
  }

  /**
   * Sends a request for a dump, or for one thing with an acknowledgement, and shows each message to
   * the visitor, which may see some twice.
   */
  void dump(Request prepared, Supplier<String> operation, Runnable restart, Visitor visitor) {
    for (int attempt = 1; ; attempt++) {
      restart.run();
      boolean changedMeanwhile = dumpOnce(prepared, operation, visitor);
      if (!changedMeanwhile || attempt == DUMP_ATTEMPTS) {
        return;
      }
    }
  }

  private boolean dumpOnce(Request prepared, Supplier<String> operation, Visitor visitor) {
    send(prepared, operation);
    boolean changedMeanwhile = false;
    while (true) {
      long length = receive(operation);
      for (long at = 0; at + Request.HEADER_BYTES <= length; at += aligned(at, length, operation)) {
        if (answer.get(ValueLayout.JAVA_INT, at + 8) != sequence) {
          continue;
        }
        int type = answer.get(ValueLayout.JAVA_SHORT, at + 4);
        long body = at + Request.HEADER_BYTES;
        changedMeanwhile |= (answer.get(ValueLayout.JAVA_SHORT, at + 6) & NLM_F_DUMP_INTR) != 0;
        if (type == NLMSG_DONE) {
          return changedMeanwhile;
        }
        if (type == NLMSG_ERROR) {
          int error = answer.get(ValueLayout.JAVA_INT, body);
          if (error == 0) {
            return changedMeanwhile;
          }
          throw new LinuxException(operation.get(), -error, reason(at));
        }
        visitor.visit(answer, body, at + answer.get(ValueLayout.JAVA_INT, at));
      }
    }
  }

  private void send(Request prepared, Supplier<String> operation) {
    int length = prepared.finish(++sequence);
    long result = SocketCalls.send(fd.fd(), prepared.memory.address(), length, 0);
    if (result < 0) {
      throw new LinuxException(operation.get(), (int) -result);
    }
  }

  private long receive(Supplier<String> operation) {
    while (true) {
      long result = SocketCalls.recv(fd.fd(), answer.address(), ANSWER_BYTES, 0);
      if (result >= 0) {
        return result;
      }
      if (EAGAIN.is(result)) {
        throw new LinuxException(
            operation.get(),
            ETIMEDOUT.number(),
            "the kernel did not answer for " + TIMEOUT_SECONDS + " s");
      }
      if (!EINTR.is(result)) {
        throw new LinuxException(operation.get(), (int) -result);
      }
    }
  }

  /** Length of the message at {@code at} up to the next one. */
  private long aligned(long at, long length, Supplier<String> operation) {
    int message = answer.get(ValueLayout.JAVA_INT, at);
    if (message < Request.HEADER_BYTES || at + message > length) {
      throw new LinuxException(operation.get(), EPROTO.number(), "malformed answer");
    }
    return (message + 3L) & -4L;
  }

  /** The kernel's own words for the error, if it has some. */
  private String reason(long at) {
    if ((answer.get(ValueLayout.JAVA_SHORT, at + 6) & NLM_F_ACK_TLVS) == 0) {
      return "";
    }
    long attributes = at + Request.HEADER_BYTES + 4 + Request.HEADER_BYTES;
    long end = at + answer.get(ValueLayout.JAVA_INT, at);
    return Attributes.text(answer, attributes, end, NLMSGERR_ATTR_MSG);
  }

  @Override
  public void close() {
    fd.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
