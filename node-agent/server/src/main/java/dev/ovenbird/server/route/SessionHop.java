package dev.ovenbird.server.route;

import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.Transport;
import java.util.List;
import java.util.stream.Stream;

/**
 * A session as the packet path sees it: its addresses as numbers, the networks behind its client,
 * the segment sizes that fit its path. Confined to the event loop.
 */
public final class SessionHop implements NextHop {
  /** Outer packets that mssfix aims at, bytes: the default of OpenVPN 2.6 (digest 5.9). */
  private static final int LINK_MTU = 1492;

  /** What every IPv4 path takes (RFC 791); less is somebody's forgery. */
  private static final int LEAST_MTU = 576;

  private static final int TCP_IPV4_HEADERS = 40;
  private static final int TCP_IPV6_HEADERS = 60;

  private final ServerSession session;
  private final List<Cidr> addresses;
  private final long[] highs;
  private final long[] lows;
  private final boolean[] ipv6;
  private final int mtu;
  private List<Cidr> networkList = List.of();
  private Cidr[] networks = new Cidr[0];
  private int largestMssIpv4;
  private int largestMssIpv6;

  /**
   * @param addresses that packets of the session may come from and go to
   * @param mtu of the TUN
   * @param pathMtu of the path to the peer; 0 = not known
   */
  public SessionHop(ServerSession session, List<Cidr> addresses, int mtu, int pathMtu) {
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
    pathChanged(pathMtu);
  }

  /** The address that the peer sends from. */
  public Cidr peer() {
    LinkPath path = session.path();
    return new Cidr(!path.isIpv4(), path.remoteHigh(), path.remoteLow(), 128);
  }

  public ServerSession session() {
    return session;
  }

  public List<Cidr> addresses() {
    return addresses;
  }

  /** What is behind the client; empty for all but routers of a site. */
  public List<Cidr> networks() {
    return networkList;
  }

  /** From now on this is behind the client. */
  public void networks(List<Cidr> prefixes) {
    networkList = List.copyOf(prefixes);
    networks = networkList.toArray(new Cidr[0]);
  }

  /** All that is led to the session: addresses and networks. */
  public List<Cidr> prefixes() {
    return Stream.concat(addresses.stream(), networkList.stream()).toList();
  }

  public boolean isRouter() {
    return networks.length > 0;
  }

  /** Whether the source of a packet is one of the session's addresses, or behind its client. */
  public boolean owns(boolean isIpv6, long high, long low) {
    for (int i = 0; i < lows.length; i++) {
      if (lows[i] == low && highs[i] == high && ipv6[i] == isIpv6) {
        return true;
      }
    }
    return leadsTo(isIpv6, high, low);
  }

  /** Whether an address is behind the client. */
  public boolean leadsTo(boolean isIpv6, long high, long low) {
    for (Cidr network : networks) {
      if (network.isIpv6() == isIpv6 && network.contains(high, low)) {
        return true;
      }
    }
    return false;
  }

  /** Largest TCP segment in a tunnel packet of this family whose outer packet is not too large. */
  public int largestMss(boolean isIpv6) {
    return isIpv6 ? largestMssIpv6 : largestMssIpv4;
  }

  /**
   * To be called when the session's path has changed, or what is known of it.
   *
   * @param pathMtu longest packet to the peer, bytes; 0 = not known
   */
  public void pathChanged(int pathMtu) {
    LinkPath path = session.path();
    int outer = path.isIpv4() ? 20 : 40;
    // TCP: its header, and the length before each packet.
    outer += path.transport() == Transport.UDP ? 8 : 22;
    int link =
        pathMtu == 0 || path.transport() != Transport.UDP
            ? LINK_MTU
            : Math.clamp(pathMtu, LEAST_MTU, LINK_MTU);
    int inner = Math.min(mtu, link - outer - session.overhead());
    largestMssIpv4 = inner - TCP_IPV4_HEADERS;
    largestMssIpv6 = inner - TCP_IPV6_HEADERS;
  }
}
