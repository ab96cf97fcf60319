package dev.ovenbird.linux.netlink;

import static dev.ovenbird.linux.call.Errno.EADDRNOTAVAIL;
import static dev.ovenbird.linux.call.Errno.EAFNOSUPPORT;
import static dev.ovenbird.linux.call.Errno.ENODEV;
import static dev.ovenbird.linux.call.Errno.ESRCH;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Sets up interfaces and routes. Each call asks the kernel and waits for its answer, some
 * microseconds; errors are {@link LinuxException}s that say what was asked. Any thread may call;
 * they take turns.
 *
 * <p>Routes are in the main table and carry {@link #PROTOCOL}, by which Ovenbird knows its own.
 */
public final class RouteNetlink implements AutoCloseable {
  /** Origin of our routes, as {@code ip route} shows it ({@code proto 79}); nobody else's. */
  public static final int PROTOCOL = 79;

  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;

  private static final int IFF_UP = 1;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_TXQLEN = 13;
  private static final int IFLA_AF_SPEC = 26;
  private static final int IFLA_INET_CONF = 1;
  private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  private static final int ADDR_GEN_MODE_NONE = 1;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_FLAGS = 8;
  private static final int IFA_F_NODAD = 2;

  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_PRIORITY = 6;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RT_SCOPE_UNIVERSE = 0;
  private static final int RT_SCOPE_LINK = 253;
  private static final int RT_SCOPE_NOWHERE = 255;
  private static final int RTN_UNICAST = 1;
  private static final int RTN_UNREACHABLE = 7;

  private final NetlinkSocket socket = new NetlinkSocket();
  private final NetlinkDump dump = new NetlinkDump(socket);

  private RouteNetlink() {}

  /** Opens the way to the kernel. Changing anything needs CAP_NET_ADMIN. */
  public static RouteNetlink open() {
    return new RouteNetlink();
  }

  /** Switches an interface on or off. */
  public synchronized void setUp(int index, boolean up) {
    socket.ask(
        socket.request(RTM_NEWLINK, Request.ACK).link(index, up ? IFF_UP : 0, IFF_UP),
        () -> "switch interface " + index + (up ? " on" : " off"));
  }

  /** Sets the longest IP packet, bytes. */
  public synchronized void setMtu(int index, int mtu) {
    socket.ask(
        socket.request(RTM_NEWLINK, Request.ACK).link(index, 0, 0).attribute(IFLA_MTU, mtu),
        () -> "set MTU " + mtu + " of interface " + index);
  }

  /** Sets how many packets may wait to be read from a TUN. */
  public synchronized void setTransmitQueueLength(int index, int packets) {
    socket.ask(
        socket.request(RTM_NEWLINK, Request.ACK).link(index, 0, 0).attribute(IFLA_TXQLEN, packets),
        () -> "set transmit queue length " + packets + " of interface " + index);
  }

  /**
   * Keeps the kernel from giving the interface a link-local IPv6 address; call it before the
   * interface is set up. Where there is no IPv6 there is nothing to do.
   */
  public synchronized void disableLinkLocal(int index) {
    Request request = socket.request(RTM_NEWLINK, Request.ACK).link(index, 0, 0);
    int families = request.beginNest(IFLA_AF_SPEC);
    int ipv6 = request.beginNest(SocketCalls.AF_INET6);
    request.attributeByte(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
    request.endNest(ipv6);
    request.endNest(families);
    socket.ask(
        request,
        () -> "switch off link-local addresses of interface " + index,
        EAFNOSUPPORT.number());
  }

  /**
   * Sets an IPv4 setting of an interface. By netlink, which works where /proc/sys is read-only; a
   * kernel that refuses gets it by /proc/sys.
   */
  public synchronized void setIpv4(Link link, Ipv4Setting setting, int value) {
    Request request = socket.request(RTM_NEWLINK, Request.ACK).link(link.index(), 0, 0);
    int families = request.beginNest(IFLA_AF_SPEC);
    int ipv4 = request.beginNest(SocketCalls.AF_INET);
    int settings = request.beginNest(IFLA_INET_CONF);
    request.attribute(setting.number, value);
    request.endNest(settings);
    request.endNest(ipv4);
    request.endNest(families);
    try {
      socket.ask(request, () -> "set " + setting.fileName + "=" + value + " of " + link.name());
    } catch (LinuxException refused) {
      Path file = Path.of("/proc/sys/net/ipv4/conf", link.name(), setting.fileName);
      try {
        Files.writeString(file, value + "\n");
      } catch (IOException e) {
        refused.addSuppressed(e);
        throw refused;
      }
    }
  }

  /** Adds an address, or does nothing if the interface has it. IPv6 is usable at once (no DAD). */
  public synchronized void addAddress(int index, Prefix address) {
    Request request =
        socket
            .request(RTM_NEWADDR, Request.ACK | Request.CREATE | Request.REPLACE)
            .address(family(address), address.bits(), index)
            .attribute(IFA_LOCAL, address)
            .attribute(IFA_ADDRESS, address);
    if (!address.ipv4()) {
      request.attribute(IFA_FLAGS, IFA_F_NODAD);
    }
    socket.ask(request, () -> "add address " + address + " to interface " + index);
  }

  /** Returns false if the interface does not have it. */
  public synchronized boolean deleteAddress(int index, Prefix address) {
    return socket.ask(
            socket
                .request(RTM_DELADDR, Request.ACK)
                .address(family(address), address.bits(), index)
                .attribute(IFA_LOCAL, address)
                .attribute(IFA_ADDRESS, address),
            () -> "delete address " + address + " of interface " + index,
            EADDRNOTAVAIL.number())
        == 0;
  }

  /** Routes a client's address into an interface; an older route of it is replaced. */
  public synchronized void replaceHostRoute(int index, long high, long low) {
    replaceRoute(index, Prefix.host(high, low));
  }

  /** Takes the route away if it goes by this interface. Returns false if there is none. */
  public synchronized boolean deleteHostRoute(int index, long high, long low) {
    return deleteRoute(index, Prefix.host(high, low));
  }

  /** Routes a prefix into an interface; an older route of it is replaced. */
  public synchronized void replaceRoute(int index, Prefix destination) {
    socket.ask(
        unicast(index, destination), () -> "route " + destination + " to interface " + index);
  }

  /**
   * The same behind all routes of a lower metric; only one of the same metric is replaced.
   *
   * @param metric 1 to 4294967295; worst is highest
   */
  public synchronized void replaceRoute(int index, Prefix destination, long metric) {
    socket.ask(
        unicast(index, destination).attribute(RTA_PRIORITY, metric(metric)),
        () -> "route " + destination + " to interface " + index + " with metric " + metric);
  }

  private Request unicast(int index, Prefix destination) {
    return socket
        .request(RTM_NEWROUTE, Request.ACK | Request.CREATE | Request.REPLACE)
        .route(
            family(destination),
            destination.bits(),
            RT_TABLE_MAIN,
            PROTOCOL,
            destination.ipv4() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
            RTN_UNICAST)
        .attribute(RTA_DST, destination)
        .attribute(RTA_OIF, index);
  }

  /** Takes the route away if it goes by this interface. Returns false if there is none. */
  public synchronized boolean deleteRoute(int index, Prefix destination) {
    return socket.ask(
            socket
                .request(RTM_DELROUTE, Request.ACK)
                .route(
                    family(destination),
                    destination.bits(),
                    RT_TABLE_MAIN,
                    PROTOCOL,
                    destination.ipv4() ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE,
                    RTN_UNICAST)
                .attribute(RTA_DST, destination)
                .attribute(RTA_OIF, index),
            () -> "delete route " + destination + " of interface " + index,
            ESRCH.number())
        == 0;
  }

  /**
   * Refuses packets to a prefix unless there is a better route.
   *
   * @param metric 1 to 4294967295; worst is highest
   */
  public synchronized void replaceUnreachable(Prefix destination, long metric) {
    socket.ask(
        unreachable(
            RTM_NEWROUTE, Request.CREATE | Request.REPLACE, RT_SCOPE_UNIVERSE, destination, metric),
        () -> "make " + destination + " unreachable with metric " + metric);
  }

  /** Returns false if there is no such route. */
  public synchronized boolean deleteUnreachable(Prefix destination, long metric) {
    return socket.ask(
            unreachable(
                RTM_DELROUTE,
                0,
                destination.ipv4() ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE,
                destination,
                metric),
            () -> "delete unreachable route " + destination + " with metric " + metric,
            ESRCH.number())
        == 0;
  }

  private Request unreachable(int type, int flags, int scope, Prefix destination, long metric) {
    return socket
        .request(type, Request.ACK | flags)
        .route(
            family(destination),
            destination.bits(),
            RT_TABLE_MAIN,
            PROTOCOL,
            scope,
            RTN_UNREACHABLE)
        .attribute(RTA_DST, destination)
        .attribute(RTA_PRIORITY, metric(metric));
  }

  private static int metric(long metric) {
    if (metric < 1 || metric > 0xffff_ffffL) {
      throw new IllegalArgumentException("metric " + metric);
    }
    return (int) metric;
  }

  /** Interfaces whose names begin so; all for an empty text. */
  public synchronized List<Link> links(String namePrefix) {
    return dump.links(namePrefix);
  }

  /** Addresses of an interface. */
  public synchronized List<Prefix> addresses(int index) {
    return dump.addresses(index);
  }

  /** Addresses of all interfaces. */
  public synchronized List<Prefix> addresses() {
    return dump.addresses(NetlinkDump.ALL);
  }

  /**
   * The longest packet to a host, bytes: the MTU of the interface it leaves by, or less if the
   * route or an ICMP message has said so; 0 if there is no route.
   */
  public synchronized int pathMtu(Prefix host) {
    return dump.pathMtu(host);
  }

  /** Routes of both families in the main table that carry our {@link #PROTOCOL}. */
  public synchronized List<Route> routes() {
    return dump.routes();
  }

  /** Deletes an interface and what hangs on it. Returns false if there is none of this name. */
  public synchronized boolean deleteLink(String name) {
    int index = SocketCalls.interfaceIndex(name);
    return index != 0
        && socket.ask(
                socket.request(RTM_DELLINK, Request.ACK).link(index, 0, 0),
                () -> "delete interface " + name,
                ENODEV.number())
            == 0;
  }

  private static int family(Prefix prefix) {
    return prefix.ipv4() ? SocketCalls.AF_INET : SocketCalls.AF_INET6;
  }

  @Override
  public synchronized void close() {
    socket.close();
  }
}
