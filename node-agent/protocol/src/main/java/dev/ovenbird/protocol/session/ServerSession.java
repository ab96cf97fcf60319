package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.data.Framer;
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
  private final @Nullable String username;
  private final List<byte[]> addresses;
  private final DataFormat format;
  private final Framer framer;
  private final boolean dataV2;
  private final long sinceWallSeconds;
  private final DataKeyRing keys;
  private LinkPath path;
  private @Nullable Object attachment;

  /** The client has sent data, and so has all that it was told. */
  private boolean established;

  private long lastReceivedNanos;
  private long lastSentNanos;
  private long bytesReceived;
  private long bytesSent;
  private long packetsReceived;
  private long packetsSent;

  ServerSession(
      AdmittedClient client, DataKeyRing keys, LinkPath path, long bootNanos, long wallSeconds) {
    this.peerId = client.peerId();
    this.clientId = client.admitted().clientId();
    this.addresses = List.copyOf(client.admitted().addresses());
    this.identity = client.identity();
    this.peerInfo = client.info();
    this.username = client.login() == null ? null : client.login().username();
    this.format = client.format();
    this.framer = new Framer(format.framing());
    this.dataV2 = client.takesDataV2();
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

  /** Who has logged in, besides the certificate; null if no password was asked for. */
  public @Nullable String username() {
    return username;
  }

  /** Tunnel addresses, IPv4 4 bytes or IPv6 16 bytes each. */
  public List<byte[]> addresses() {
    return addresses;
  }

  public DataCipher cipher() {
    return format.cipher();
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

  /** Bytes that a data packet is longer than the tunnel packet in it, at the most. */
  public int overhead() {
    return format.overhead(dataV2);
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
    return framer.seal(key, dataV2 ? peerId : -1, plain, plainOffset, length, out, outOffset);
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
      if (!established) {
        established();
      }
      bytesReceived += plain;
      packetsReceived++;
    }
    return plain;
  }

  /** Beside {@link DataKey}'s negative results. */
  static final int NO_KEY = -100;

  DataFormat format() {
    return format;
  }

  DataKeyRing keys() {
    return keys;
  }

  void path(LinkPath moved) {
    path = moved;
    keys.record().path(moved);
  }

  /** The client has its options. */
  void established() {
    established = true;
    keys.record().stage(SessionRecord.ESTABLISHED);
  }

  boolean isEstablished() {
    return established;
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
