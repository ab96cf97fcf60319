package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client's session with this instance, as the host sees it. Confined to the endpoint's thread.
 */
public final class ServerSession {
  private @Nullable Object attachment;

  ServerSession() {}

  /** Number of the session in DATA_V2 packets, 0 … maxSessions-1. */
  public int peerId() {
    throw new UnsupportedOperationException();
  }

  /** {@link Admission.Admitted#clientId}. */
  public String clientId() {
    throw new UnsupportedOperationException();
  }

  public PeerIdentity identity() {
    throw new UnsupportedOperationException();
  }

  public PeerInfo peerInfo() {
    throw new UnsupportedOperationException();
  }

  /** Tunnel addresses, IPv4 4 bytes or IPv6 16 bytes each. */
  public List<byte[]> addresses() {
    throw new UnsupportedOperationException();
  }

  public LinkPath path() {
    throw new UnsupportedOperationException();
  }

  /**
   * Bytes that a data packet is longer than the tunnel packet in it: 24 for DATA_V2, 21 for
   * DATA_V1.
   */
  public int overhead() {
    throw new UnsupportedOperationException();
  }

  /**
   * Encrypts a tunnel packet for the client; no allocation.
   *
   * @return length of the packet written to {@code out} at {@code outOffset}; 0 if no key can send
   *     now. {@code out} needs {@code length + overhead()} bytes and may not overlap {@code plain}.
   */
  public int seal(
      MemorySegment plain,
      long plainOffset,
      int length,
      MemorySegment out,
      long outOffset,
      long bootNanos) {
    throw new UnsupportedOperationException();
  }

  /** Whatever the host wants to find again with the session. */
  public @Nullable Object attachment() {
    return attachment;
  }

  public void attach(@Nullable Object value) {
    attachment = value;
  }
}
