package dev.ovenbird.linux.call;

import java.io.Serial;

/** The kernel, or a program that speaks to it, refused what was asked. */
public class LinuxException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final String operation;
  private final int errno;

  /**
   * @param operation what was asked, with its object: {@code open /dev/net/tun}
   * @param errno the positive error number
   */
  public LinuxException(String operation, int errno) {
    super(operation + ": " + Errno.describe(errno));
    this.operation = operation;
    this.errno = errno;
  }

  /**
   * @param operation what was asked, with its object
   * @param errno the positive error number
   * @param remedy what the reader can do about it, or what else is known
   */
  public LinuxException(String operation, int errno, String remedy) {
    super(operation + ": " + Errno.describe(errno) + (remedy.isEmpty() ? "" : ": " + remedy));
    this.operation = operation;
    this.errno = errno;
  }

  /** An error without a number, such as that of a program: {@code reason} says what is wrong. */
  public LinuxException(String operation, String reason) {
    super(operation + ": " + reason);
    this.operation = operation;
    this.errno = 0;
  }

  /** What was asked. */
  public String operation() {
    return operation;
  }

  /** The positive error number; 0 if there is none. */
  public int errno() {
    return errno;
  }

  /** Whether the kernel gave this error. */
  public boolean is(Errno error) {
    return errno == error.number();
  }

  /** Throws if {@code result} is a negated error number, else returns it. */
  public static int check(String operation, int result) {
    if (result < 0) {
      throw new LinuxException(operation, -result);
    }
    return result;
  }
}
