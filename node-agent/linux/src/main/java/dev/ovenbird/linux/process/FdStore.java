package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
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
  private static final String SPARE = "OVENBIRD_SPARE";
  private static final String NAME = "[!-~&&[^,=]]{1,63}";
  private static final String HANDED_OVER = "=";
  private static final String TURN = "!";

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

  /** Whether this process is a spare one, which is to wait for its turn ({@link #awaitTurn}). */
  public static boolean isSpare(Map<String, String> environment) {
    return !environment.getOrDefault(SPARE, "").isEmpty();
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

  /**
   * Waits until the supervisor makes this spare process the agent; what it hands over then is
   * inherited. Once; nobody else may use the store meanwhile.
   *
   * @throws LinuxException if the supervisor is gone
   */
  public void awaitTurn() {
    if (socket == null) {
      throw new IllegalStateException("a spare process without a supervisor");
    }
    for (FdMessage next = receive(socket); !next.text().equals(TURN); next = receive(socket)) {
      if (next.fd() >= 0 && next.text().startsWith(HANDED_OVER)) {
        synchronized (this) {
          inherited.put(next.text().substring(HANDED_OVER.length()), next.fd());
        }
      }
    }
  }

  private static FdMessage receive(Fd socket) {
    FdMessage next = FdMessage.receive(socket.fd());
    if (next.text().isEmpty()) {
      throw new LinuxException("wait for the supervisor", "it is gone");
    }
    return next;
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
    return FdMessage.send(socket.fd(), verb + name, fd);
  }
}
