package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.SessionId;
import org.jspecify.annotations.Nullable;

/** The protection of control packets. Not thread-safe. Stateless: replay is the caller's matter. */
public interface ControlWrap {
  /** Bytes before the protected part of every control packet: first byte, session id. */
  int PLAIN_HEADER_BYTES = 1 + SessionId.BYTES;

  /** Makes a packet. */
  byte[] wrap(int firstByte, SessionId sender, ReplayId id, byte[] body);

  /**
   * Opens a packet, which must not have a wrapped client key behind it any more.
   *
   * @param length bytes of {@code packet} that count
   * @return null if it is too short or does not verify; never throws
   */
  @Nullable Unwrapped unwrap(byte[] packet, int length);

  /** Bytes that a packet is longer than without protection. */
  int overhead();

  /** Lets go of what takes memory and is made again by the next packet: none is expected soon. */
  default void rest() {}

  /** Whether packets carry replay ids, to be given to a {@link ReplayReceiver}. */
  default boolean hasReplayIds() {
    return true;
  }
}
