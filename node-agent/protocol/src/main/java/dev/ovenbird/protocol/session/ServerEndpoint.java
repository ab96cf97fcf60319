package dev.ovenbird.protocol.session;

import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The server role for one instance: all its sessions, without I/O, threads or clock. Confined to
 * one thread. Every call carries {@code bootNanos} (CLOCK_BOOTTIME; monotonic) and, where replay
 * ids or certificates matter, {@code wallSeconds} (Unix time).
 */
public final class ServerEndpoint {
  /** Bytes of record memory per session. */
  public static final long RECORD_BYTES = 512;

  /**
   * @param records at least {@code config.limits().maxSessions() * RECORD_BYTES} bytes, zeroed; the
   *     hot state of the data channels lives there
   */
  public ServerEndpoint(
      ServerConfig config,
      Admission admission,
      ServerHost host,
      MemorySegment records,
      SecureRandom random) {}

  /** A packet came in; the buffer may be changed (data packets are decrypted in place). */
  public void received(
      LinkPath from,
      MemorySegment packet,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    throw new UnsupportedOperationException();
  }

  /** A task given to {@link ServerHost#submit} has run. */
  public void completed(SlowTask task, long bootNanos, long wallSeconds) {
    throw new UnsupportedOperationException();
  }

  /** A TCP connection ended. */
  public void disconnected(LinkPath path, long bootNanos, long wallSeconds) {
    throw new UnsupportedOperationException();
  }

  /** The time of {@link #nextDeadline} has come; calling it early or late does no harm. */
  public void timeout(long bootNanos, long wallSeconds) {
    throw new UnsupportedOperationException();
  }

  /** When {@link #timeout} wants to be called, boot nanoseconds; Long.MAX_VALUE = never. */
  public long nextDeadline() {
    throw new UnsupportedOperationException();
  }

  /** Session in DATA_V2 numbering, or null. */
  public @Nullable ServerSession session(int peerId) {
    throw new UnsupportedOperationException();
  }

  /** Open sessions, for reports. */
  public Collection<ServerSession> sessions() {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes a client's access away: keys dropped at once, {@code AUTH_FAILED,reason} on the live
   * session.
   */
  public void cutOff(String clientId, String reason, long bootNanos, long wallSeconds) {
    throw new UnsupportedOperationException();
  }

  /**
   * From now on new handshakes use this configuration (renewed certificate, rotated CA or wrap
   * keys, limits).
   */
  public void reconfigure(ServerConfig config) {
    throw new UnsupportedOperationException();
  }

  /** Refuses new sessions from now on (drain), or accepts them again. Existing ones go on. */
  public void acceptNewSessions(boolean accept) {
    throw new UnsupportedOperationException();
  }

  /** Tells every client {@code RESTART,[NP]} and closes its session. */
  public void shutdown(long bootNanos, long wallSeconds) {
    throw new UnsupportedOperationException();
  }
}
