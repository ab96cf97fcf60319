package dev.ovenbird.server.route;

import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.Transport;
import java.util.List;

/**
 * A session as the packet path sees it: its addresses as numbers, the segment sizes that fit its
 * path. Confined to the event loop.
 */
public final class SessionHop implements NextHop {
  /** Outer packets that mssfix aims at, bytes: the default of OpenVPN 2.6 (digest 5.9). */
  private static final int LINK_MTU = 1492;

  private static final int TCP_IPV4_HEADERS = 40;
  private static final int TCP_IPV6_HEADERS = 60;

  private final ServerSession session;
  private final List<Cidr> addresses;
  private final long[] highs;
  private final long[] lows;
  private final boolean[] ipv6;
  private final int mtu;
  private int largestMssIpv4;
  private int largestMssIpv6;

  /**
   * @param addresses that packets of the session may come from and go to
   * @param mtu of the TUN
   */
  public SessionHop(ServerSession session, List<Cidr> addresses, int mtu) {
    this.session = session;
    this.mtu = mtu;
    this.addresses = List.copyOf(addresses);
    int count = addresses.size();
    highs = new long[count];
    lows = new long[count];
    ipv6 = new boolean[count];
    for (int i = 0; i < count; i++) {
      highs[i] = addresses.get(i).high();
      lows[i] = addresses.get(i).low();
      ipv6[i] = addresses.get(i).isIpv6();
    }
    pathChanged();
  }

  public ServerSession session() {
    return session;
  }

  public List<Cidr> addresses() {
    return addresses;
  }

  /** Whether the source of a packet is one of the session's addresses. */
  public boolean owns(boolean isIpv6, long high, long low) {
    for (int i = 0; i < lows.length; i++) {
      if (lows[i] == low && highs[i] == high && ipv6[i] == isIpv6) {
        return true;
      }
    }
    return false;
  }

  /** Largest TCP segment in a tunnel packet of this family whose outer packet is not too large. */
  public int largestMss(boolean isIpv6) {
    return isIpv6 ? largestMssIpv6 : largestMssIpv4;
  }

  /** To be called when the session's path has changed. */
  public void pathChanged() {
    LinkPath path = session.path();
    int outer = path.isIpv4() ? 20 : 40;
    // TCP: its header, and the length before each packet.
    outer += path.transport() == Transport.UDP ? 8 : 22;
    int inner = Math.min(mtu, LINK_MTU - outer - session.overhead());
    largestMssIpv4 = inner - TCP_IPV4_HEADERS;
    largestMssIpv6 = inner - TCP_IPV6_HEADERS;
  }
}
