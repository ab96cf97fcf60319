package dev.ovenbird.linux.netlink;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.SocketCalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of what the kernel has. */
final class NetlinkDump {
  /** In place of an interface's index. */
  static final int ALL = 0;

  private static final int RTM_GETLINK = 18;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_GETROUTE = 26;

  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_TXQLEN = 13;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_PRIORITY = 6;
  private static final int RTA_METRICS = 8;
  private static final int RTAX_MTU = 2;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RTM_F_CLONED = 0x200;
  private static final int RTN_UNREACHABLE = 7;

  private final NetlinkSocket socket;

  NetlinkDump(NetlinkSocket socket) {
    this.socket = socket;
  }

  List<Link> links(String namePrefix) {
    List<Link> links = new ArrayList<>();
    socket.dump(
        socket.request(RTM_GETLINK, Request.DUMP).link(0, 0, 0),
        () -> "list interfaces",
        links::clear,
        (memory, from, to) -> {
          Link link = link(memory, from, to);
          if (link.name().startsWith(namePrefix)) {
            links.add(link);
          }
        });
    return List.copyOf(links);
  }

  private static Link link(MemorySegment memory, long from, long to) {
    long attributes = from + 16;
    MemorySegment info = Attributes.find(memory, attributes, to, IFLA_LINKINFO);
    return new Link(
        memory.get(ValueLayout.JAVA_INT, from + 4),
        Attributes.text(memory, attributes, to, IFLA_IFNAME),
        Attributes.intOr(memory, attributes, to, IFLA_MTU, 0),
        Attributes.intOr(memory, attributes, to, IFLA_TXQLEN, 0),
        (memory.get(ValueLayout.JAVA_INT, from + 8) & 1) != 0,
        info == null ? "" : Attributes.text(info, 0, info.byteSize(), IFLA_INFO_KIND));
  }

  List<Prefix> addresses(int index) {
    List<Prefix> addresses = new ArrayList<>();
    socket.dump(
        socket.request(RTM_GETADDR, Request.DUMP).address(0, 0, 0),
        () -> "list addresses",
        addresses::clear,
        (memory, from, to) -> {
          MemorySegment local = Attributes.find(memory, from + 8, to, IFA_LOCAL);
          MemorySegment address =
              local != null ? local : Attributes.find(memory, from + 8, to, IFA_ADDRESS);
          boolean wanted = index == ALL || memory.get(ValueLayout.JAVA_INT, from + 4) == index;
          if (address != null && wanted) {
            addresses.add(
                Prefix.of(
                    address.toArray(ValueLayout.JAVA_BYTE),
                    Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, from + 1))));
          }
        });
    return List.copyOf(addresses);
  }

  /**
   * The longest packet to an address: of the interface it leaves by, or less where the route or the
   * network has said so; 0 if there is no route.
   */
  int pathMtu(Prefix host) {
    int[] found = new int[3];
    try {
      socket.dump(
          socket
              .request(RTM_GETROUTE, Request.ACK)
              .route(
                  host.ipv4() ? SocketCalls.AF_INET : SocketCalls.AF_INET6, host.bits(), 0, 0, 0, 0)
              .attribute(RTA_DST, host),
          () -> "find the route to " + host.addressText(),
          () -> {},
          (memory, from, to) -> {
            found[0] = Attributes.intOr(memory, from + 12, to, RTA_OIF, 0);
            MemorySegment metrics = Attributes.find(memory, from + 12, to, RTA_METRICS);
            found[1] =
                metrics == null ? 0 : Attributes.intOr(metrics, 0, metrics.byteSize(), RTAX_MTU, 0);
          });
      socket.dump(
          socket.request(RTM_GETLINK, Request.ACK).link(found[0], 0, 0),
          () -> "look at interface " + found[0],
          () -> {},
          (memory, from, to) -> found[2] = link(memory, from, to).mtu());
    } catch (LinuxException noRoute) {
      return 0;
    }
    return found[1] > 0 && found[1] < found[2] ? found[1] : found[2];
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>(routes(SocketCalls.AF_INET));
    routes.addAll(routes(SocketCalls.AF_INET6));
    return List.copyOf(routes);
  }

  private List<Route> routes(int family) {
    List<Route> routes = new ArrayList<>();
    socket.dump(
        socket.request(RTM_GETROUTE, Request.DUMP).route(family, 0, 0, 0, 0, 0),
        () -> "list routes",
        routes::clear,
        (memory, from, to) -> {
          Route route = route(memory, from, to);
          if (route != null) {
            routes.add(route);
          }
        });
    return routes;
  }

  /** The route in a struct rtmsg with its attributes; null if it is not one of ours. */
  static @Nullable Route route(MemorySegment memory, long from, long to) {
    if (unsignedByte(memory, from + 4) != RT_TABLE_MAIN
        || unsignedByte(memory, from + 5) != RouteNetlink.PROTOCOL
        || (memory.get(ValueLayout.JAVA_INT, from + 8) & RTM_F_CLONED) != 0) {
      return null;
    }
    long attributes = from + 12;
    MemorySegment destination = Attributes.find(memory, attributes, to, RTA_DST);
    byte[] address =
        destination != null
            ? destination.toArray(ValueLayout.JAVA_BYTE)
            : new byte[unsignedByte(memory, from) == SocketCalls.AF_INET ? 4 : 16];
    return new Route(
        Prefix.of(address, unsignedByte(memory, from + 1)),
        Attributes.intOr(memory, attributes, to, RTA_OIF, 0),
        unsignedByte(memory, from + 7) == RTN_UNREACHABLE,
        Integer.toUnsignedLong(Attributes.intOr(memory, attributes, to, RTA_PRIORITY, 0)));
  }

  private static int unsignedByte(MemorySegment memory, long at) {
    return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at));
  }
}
