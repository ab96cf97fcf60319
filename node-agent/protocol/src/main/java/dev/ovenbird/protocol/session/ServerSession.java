package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.tls.PeerIdentity;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client's session with this instance, as the host sees it. Confined to the endpoint's thread.
 * How it came about is {@link ServerNegotiator}'s affair; this is what lives on afterwards.
 */
public final class ServerSession {
  private final int peerId;
  private final String clientId;
  private final PeerIdentity identity;
  private final PeerInfo peerInfo;
  private final List<byte[]> addresses;
  private final DataCipher cipher;
  private final boolean dataV2;
  private final long sinceWallSeconds;
  private final DataKeyRing keys;
  private LinkPath path;
  private @Nullable Object attachment;

  private long lastReceivedNanos;
  private long lastSentNanos;
  private long bytesReceived;
  private long bytesSent;
  private long packetsReceived;
  private long packetsSent;

  ServerSession(
      int peerId,
      Admission.Admitted admitted,
      PeerIdentity identity,
      PeerInfo peerInfo,
      DataCipher cipher,
      boolean dataV2,
      DataKeyRing keys,
      LinkPath path,
      long bootNanos,
      long wallSeconds) {
    this.peerId = peerId;
    this.clientId = admitted.clientId();
    this.addresses = List.copyOf(admitted.addresses());
    this.identity = identity;
    this.peerInfo = peerInfo;
    this.cipher = cipher;
    this.dataV2 = dataV2;
    this.keys = keys;
    this.path = path;
    this.sinceWallSeconds = wallSeconds;
    this.lastReceivedNanos = bootNanos;
    this.lastSentNanos = bootNanos;
  }

  /** Number of the session in DATA_V2 packets, 0 … maxSessions-1. */
  public int peerId() {
    return peerId;
  }

  /** {@link Admission.Admitted#clientId}. */
  public String clientId() {
    return clientId;
  }

  public PeerIdentity identity() {
    return identity;
  }

  public PeerInfo peerInfo() {
    return peerInfo;
  }

  /** Tunnel addresses, IPv4 4 bytes or IPv6 16 bytes each. */
  public List<byte[]> addresses() {
    return addresses;
  }

  public DataCipher cipher() {
    return cipher;
  }

  public LinkPath path() {
    return path;
  }

  /** When it was opened, Unix seconds. */
  public long sinceWallSeconds() {
    return sinceWallSeconds;
  }

  /** Bytes of tunnel packets from the client. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** Bytes of tunnel packets to the client. */
  public long bytesSent() {
    return bytesSent;
  }

  public long packetsReceived() {
    return packetsReceived;
  }

  public long packetsSent() {
    return packetsSent;
  }

  /**
   * Bytes that a data packet is longer than the tunnel packet in it: 24 for DATA_V2, 21 for
   * DATA_V1.
   */
  public int overhead() {
    return DataKey.overhead(dataV2);
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
    DataKey key = keys.sending();
    if (key == null) {
      return 0;
    }
    lastSentNanos = bootNanos;
    bytesSent += length;
    packetsSent++;
    return key.seal(dataV2 ? peerId : -1, plain, plainOffset, length, out, outOffset);
  }

  /** Decrypts a data packet in place; {@link DataKey#open}'s result, or {@link #NO_KEY}. */
  int open(MemorySegment packet, long offset, int length, int keyId, long bootNanos) {
    DataKey key = keys.find(keyId);
    if (key == null) {
      return NO_KEY;
    }
    int plain = key.open(packet, offset, length);
    if (plain >= 0) {
      keys.received(key);
      lastReceivedNanos = bootNanos;
      bytesReceived += plain;
      packetsReceived++;
    }
    return plain;
  }

  /** Beside {@link DataKey}'s negative results. */
  static final int NO_KEY = -100;

  DataKeyRing keys() {
    return keys;
  }

  void path(LinkPath moved) {
    path = moved;
  }

  long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  /** An authentic control packet counts as a sign of life too (digest 7.6). */
  void alive(long bootNanos) {
    lastReceivedNanos = bootNanos;
  }

  long lastSentNanos() {
    return lastSentNanos;
  }

  /** Whatever the host wants to find again with the session. */
  public @Nullable Object attachment() {
    return attachment;
  }

  public void attach(@Nullable Object value) {
    attachment = value;
  }
}
