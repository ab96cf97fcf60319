package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Descriptors that outlive this process, kept by its supervisor (node-agent/supervisor). What is
 * deposited here, the supervisor's next process inherits under the same name. Without a supervisor
 * nothing is inherited, and deposits do nothing. Any thread may call.
 */
public final class FdStore {
  /** No supervisor. */
  public static final FdStore NONE = new FdStore(null, Map.of());

  private static final String SOCKET = "OVENBIRD_FD_STORE";
  private static final String NAMES = "OVENBIRD_FDS";
  private static final String NAME = "[!-~&&[^,=]]{1,63}";

  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;

  // struct msghdr, iovec and cmsghdr of a 64-bit machine.
  private static final int MSGHDR_BYTES = 56;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int IOVEC_BYTES = 16;
  private static final int CMSG_BYTES = 24;
  private static final int CMSG_LEN = 20;

  private final @Nullable Fd socket;
  private final Map<String, Integer> inherited;

  private FdStore(@Nullable Fd socket, Map<String, Integer> inherited) {
    this.socket = socket;
    this.inherited = new HashMap<>(inherited);
  }

  /**
   * The store that the environment names, or {@link #NONE}.
   *
   * @throws LinuxException if what it names is not open
   */
  public static FdStore of(Map<String, String> environment) {
    String number = environment.getOrDefault(SOCKET, "");
    if (!number.matches("[0-9]{1,9}")) {
      return NONE;
    }
    Map<String, Integer> inherited = new HashMap<>();
    for (String each : environment.getOrDefault(NAMES, "").split(",")) {
      int equals = each.indexOf('=');
      String fd = each.substring(equals + 1);
      if (equals > 0 && fd.matches("[0-9]{1,9}")) {
        inherited.put(each.substring(0, equals), Integer.valueOf(fd));
      }
    }
    return new FdStore(Fd.inherited(Integer.parseInt(number)), inherited);
  }

  /** Descriptors handed over by other means than a supervisor; deposits do nothing. */
  public static FdStore holding(Map<String, Integer> descriptors) {
    return new FdStore(null, descriptors);
  }

  /** Whether a supervisor keeps what is deposited. */
  public boolean isKept() {
    return socket != null;
  }

  /** Whether anything was inherited that nobody has taken. */
  public synchronized boolean hasInherited() {
    return !inherited.isEmpty();
  }

  /** The inherited descriptor of this name, once; null if there is none. The caller owns it. */
  public synchronized @Nullable Fd take(String name) {
    Integer fd = inherited.remove(name);
    return fd == null ? null : Fd.inherited(fd);
  }

  /**
   * Has a descriptor kept, in place of another of this name. The caller's own stays open.
   *
   * @param name 1 to 63 visible ASCII characters, no comma and no equals sign
   * @return false if there is nobody to keep it
   */
  public synchronized boolean deposit(String name, int fd) {
    return send('+', name, fd);
  }

  /** Has the descriptor of this name kept no longer. */
  public synchronized void remove(String name) {
    send('-', name, -1);
  }

  /** Closes what was inherited and not taken: this process has no use for it, nor the next. */
  public synchronized void closeRest() {
    for (Map.Entry<String, Integer> each : inherited.entrySet()) {
      send('-', each.getKey(), -1);
      Fd.inherited(each.getValue()).close();
    }
    inherited.clear();
  }

  private boolean send(char verb, String name, int fd) {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException("name of a descriptor: " + name);
    }
    if (socket == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      byte[] text = (verb + name).getBytes(StandardCharsets.US_ASCII);
      MemorySegment iovec = arena.allocate(IOVEC_BYTES, 8);
      iovec.set(
          ValueLayout.JAVA_LONG, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, text).address());
      iovec.set(ValueLayout.JAVA_LONG, 8, text.length);
      MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
      message.set(ValueLayout.JAVA_LONG, MSG_IOV, iovec.address());
      message.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
      if (fd >= 0) {
        MemorySegment rights = arena.allocate(CMSG_BYTES, 8);
        rights.set(ValueLayout.JAVA_LONG, 0, CMSG_LEN);
        rights.set(ValueLayout.JAVA_INT, 8, SocketCalls.SOL_SOCKET);
        rights.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
        rights.set(ValueLayout.JAVA_INT, 16, fd);
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROL, rights.address());
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, CMSG_BYTES);
      }
      return SocketCalls.sendmsg(socket.fd(), message.address(), MSG_NOSIGNAL) >= 0;
    }
  }
}
