package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.Transport;
import java.nio.ByteBuffer;

/**
 * Where a packet came from and to which local address, so that the answer leaves from there. Two
 * packets with equal paths belong to one peer.
 *
 * @param transport UDP or TCP
 * @param listener number of the listener, chosen by the host
 * @param connection number of the TCP connection, chosen by the host and never used twice; 0 for
 *     UDP
 * @param remoteHigh first 8 bytes of the remote IPv6 address; IPv4 as ::ffff:a.b.c.d
 * @param remoteLow last 8 bytes of the remote address
 * @param remotePort remote port
 * @param localHigh first 8 bytes of the local address that the packet was sent to
 * @param localLow last 8 bytes of the local address
 * @param interfaceIndex interface the packet came in by, for link-local addresses; else 0
 */
public record LinkPath(
    Transport transport,
    int listener,
    long connection,
    long remoteHigh,
    long remoteLow,
    int remotePort,
    long localHigh,
    long localLow,
    int interfaceIndex) {

  /** Whether the remote address is IPv4 (mapped). Decides the packet overhead: 28 or 48 bytes. */
  public boolean isIpv4() {
    return remoteHigh == 0 && (remoteLow >>> 32) == 0xffffL;
  }

  /** The bytes that a cookie is bound to: remote address (16), port (2), listener (4). */
  public byte[] cookieBytes() {
    return ByteBuffer.allocate(22)
        .putLong(remoteHigh)
        .putLong(remoteLow)
        .putShort((short) remotePort)
        .putInt(listener)
        .array();
  }

  /** The remote address alone, as in {@link #toString}. */
  public String remoteAddress() {
    String text = toString();
    return text.substring(0, text.lastIndexOf(':'));
  }

  /**
   * Address and port as people write them: {@code 192.0.2.1:1194} or {@code [2001:db8::1]:1194}.
   */
  @Override
  public String toString() {
    if (isIpv4()) {
      int a = (int) remoteLow;
      return (a >>> 24)
          + "."
          + (a >>> 16 & 255)
          + "."
          + (a >>> 8 & 255)
          + "."
          + (a & 255)
          + ":"
          + remotePort;
    }
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < 8; i++) {
      long half = i < 4 ? remoteHigh : remoteLow;
      text.append(i == 0 ? "" : ":")
          .append(Long.toHexString(half >>> (48 - 16 * (i & 3)) & 0xffff));
    }
    return text.append("]:").append(remotePort).toString();
  }
}
