package dev.ovenbird.server;

import dev.ovenbird.linux.call.Errno;
import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import io.netty.channel.unix.Errors;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that listeners ask for, one per address. Bound before anything is changed on the
 * node: a port in use is the likeliest reason not to start.
 */
final class Listeners implements AutoCloseable {
  /**
   * One socket.
   *
   * @param udp null for TCP
   * @param address null for every address of the node
   * @param inherited descriptor of a TCP socket to take over; -1 for none
   */
  record Socket(
      ListenerSpec spec, @Nullable UdpSocket udp, @Nullable InetAddress address, int inherited) {}

  private final List<Socket> sockets = new ArrayList<>();

  /**
   * Binds the UDP ones.
   *
   * @throws StartException naming listener, port and remedy
   */
  Listeners(ServerSettings settings) {
    try {
      for (ListenerSpec spec : settings.listeners()) {
        add(spec, settings);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  List<Socket> sockets() {
    return sockets;
  }

  private void add(ListenerSpec spec, ServerSettings settings) {
    Integer inherited = settings.inheritedFds().get(spec.name());
    if (spec.transport() == Transport.TCP) {
      if (inherited != null) {
        sockets.add(new Socket(spec, null, null, inherited));
      } else if (spec.addresses().isEmpty()) {
        sockets.add(new Socket(spec, null, null, -1));
      } else {
        spec.addresses().forEach(text -> sockets.add(new Socket(spec, null, inet(text), -1)));
      }
      return;
    }
    int buffer = settings.limits().socketBufferBytes();
    UdpSocket.Options options = new UdpSocket.Options(buffer, buffer, true);
    if (inherited != null) {
      addUdp(spec, null, UdpSocket.of(Fd.inherited(inherited)));
    } else if (spec.addresses().isEmpty()) {
      addUdp(spec, null, bindEverywhere(spec, options));
    } else {
      for (String text : spec.addresses()) {
        byte[] bytes = Cidr.parse(text).address();
        Family family = bytes.length == 4 ? Family.V4 : Family.V6;
        addUdp(spec, inet(text), bind(spec, family, bytes, options, text));
      }
    }
  }

  private void addUdp(ListenerSpec spec, @Nullable InetAddress address, UdpSocket socket) {
    sockets.add(new Socket(spec, socket, address, -1));
  }

  private static UdpSocket bindEverywhere(ListenerSpec spec, UdpSocket.Options options) {
    try {
      return UdpSocket.bind(Family.V6, UdpSocket.WILDCARD, spec.port(), options);
    } catch (LinuxException e) {
      if (e.is(Errno.EAFNOSUPPORT) || e.is(Errno.EADDRNOTAVAIL)) {
        // No IPv6 on this node.
        return bind(spec, Family.V4, UdpSocket.WILDCARD, options, "0.0.0.0");
      }
      throw refused(spec, "every address", e.errno(), e);
    }
  }

  private static UdpSocket bind(
      ListenerSpec spec, Family family, byte[] address, UdpSocket.Options options, String text) {
    try {
      return UdpSocket.bind(family, address, spec.port(), options);
    } catch (LinuxException e) {
      throw refused(spec, text, e.errno(), e);
    }
  }

  /** What to tell when a TCP listener could not be bound. */
  static StartException refused(Socket socket, Throwable why) {
    InetAddress address = socket.address();
    String on = address == null ? "every address" : address.getHostAddress();
    int errno = why instanceof Errors.NativeIoException io ? -io.expectedErr() : 0;
    return refused(socket.spec(), on, errno, why);
  }

  private static StartException refused(ListenerSpec spec, String on, int errno, Throwable why) {
    String what =
        "listener %s: port %d/%s on %s ".formatted(spec.name(), spec.port(), spec.transport(), on);
    String rest;
    if (errno == Errno.EADDRINUSE.number()) {
      rest =
          "is in use by another program; choose another port, or stop that program ('ss -l%snp' shows it)"
              .formatted(spec.transport() == Transport.UDP ? "u" : "t");
    } else if (errno == Errno.EADDRNOTAVAIL.number()) {
      rest =
          "can't be bound: the node does not have this address; correct the listener's addresses";
    } else if (errno == Errno.EACCES.number()) {
      rest =
          "may not be bound: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another"
              + " port, or run as root";
    } else {
      rest = "can't be bound: " + why.getMessage();
    }
    return new StartException(what + rest, why);
  }

  /** Where a TCP socket is to be bound. */
  static InetSocketAddress tcpAddress(Socket socket) {
    InetAddress address = socket.address();
    return address == null
        ? new InetSocketAddress(socket.spec().port())
        : new InetSocketAddress(address, socket.spec().port());
  }

  private static InetAddress inet(String text) {
    try {
      return InetAddress.getByAddress(Cidr.parse(text).address());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** Closes what was bound. */
  @Override
  public void close() {
    for (Socket socket : sockets) {
      UdpSocket udp = socket.udp();
      if (udp != null) {
        udp.close();
      }
    }
  }
}
