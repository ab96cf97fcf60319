package dev.ovenbird.protocol.session;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a {@link ClientEndpoint} asks of the program around it. Calls happen on the endpoint's
 * thread during a call into it; segments are valid only until the call returns.
 */
public interface ClientHost {
  /** Sends one packet to the server. */
  void transmit(MemorySegment packet, long offset, int length);

  /** Starts slow work; see {@link ServerHost#submit}. */
  void submit(SlowTask task);

  /** A decrypted packet for the TUN. */
  void tunnelPacket(MemorySegment packet, long offset, int length);

  /**
   * The tunnel is up.
   *
   * @param pushed the options of PUSH_REPLY, in order
   */
  void connected(List<String> pushed);

  /**
   * The server has changed options of the tunnel that is up.
   *
   * @param pushed all of them, as they now are
   */
  void optionsChanged(List<String> pushed);

  /**
   * The server has given a token that stands for the password from now on, on every server of its
   * cluster; this session uses it by itself. A secret.
   */
  default void authToken(String token) {}

  /** A renegotiation has given new data keys. */
  void renegotiated(int keyId);

  /**
   * The session is over; the endpoint is of no further use.
   *
   * @param reason in words: {@code AUTH_FAILED: …}, {@code RESTART …}, {@code ping timeout} …
   */
  void closed(String reason);

  /** A packet was dropped. */
  void dropped(DropReason reason);
}
