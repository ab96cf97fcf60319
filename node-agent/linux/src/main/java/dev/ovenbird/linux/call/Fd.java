package dev.ovenbird.linux.call;

import java.util.concurrent.atomic.AtomicInteger;

/** A file descriptor with one owner, who closes it. */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger fd;

  private Fd(int fd) {
    this.fd = new AtomicInteger(fd);
  }

  /** Takes a descriptor that a call of this process has just returned. */
  public static Fd owned(int fd) {
    if (fd < 0) {
      throw new IllegalArgumentException("not a file descriptor: " + fd);
    }
    return new Fd(fd);
  }

  /**
   * Takes a descriptor that this process got from its parent. It is not passed on to children.
   *
   * @throws LinuxException if nothing is open under this number
   */
  public static Fd inherited(int fd) {
    String operation = "take over inherited file descriptor " + fd;
    LinuxException.check(operation, FileCalls.fcntl(fd, FileCalls.F_GETFD, 0));
    LinuxException.check(operation, FileCalls.fcntl(fd, FileCalls.F_SETFD, FileCalls.FD_CLOEXEC));
    return owned(fd);
  }

  /**
   * The number.
   *
   * @throws IllegalStateException after close: the number may be somebody else's by now
   */
  public int fd() {
    int number = fd.get();
    if (number == CLOSED) {
      throw new IllegalStateException("file descriptor is closed");
    }
    return number;
  }

  public boolean isOpen() {
    return fd.get() != CLOSED;
  }

  /** Makes calls on it return at once instead of waiting. */
  public void setNonBlocking() {
    int flags =
        LinuxException.check("read file status", FileCalls.fcntl(fd(), FileCalls.F_GETFL, 0));
    LinuxException.check(
        "set O_NONBLOCK", FileCalls.fcntl(fd(), FileCalls.F_SETFL, flags | FileCalls.O_NONBLOCK));
  }

  /** Closes it, once. Errors are of no use to anybody: the descriptor is gone in any case. */
  @Override
  public void close() {
    int number = fd.getAndSet(CLOSED);
    if (number != CLOSED) {
      FileCalls.close(number);
    }
  }

  @Override
  public String toString() {
    return "fd " + fd.get();
  }
}
