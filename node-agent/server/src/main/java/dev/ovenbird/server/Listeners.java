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
   * @param inherited a listening TCP socket to take over; null for none
   */
  record Socket(
      ListenerSpec spec,
      @Nullable UdpSocket udp,
      @Nullable InetAddress address,
      @Nullable Fd inherited) {
    /** In a store of descriptors: what is bound otherwise has another name. */
    String storeName() {
      return nameOf(spec, address);
    }
  }

  /** So that a second's packets wait while a successor starts. */
  private static final int RECEIVE_FACTOR = 4;

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
    if (spec.addresses().isEmpty()) {
      add(spec, null, "0.0.0.0", settings);
    }
    for (String text : spec.addresses()) {
      add(spec, inet(text), text, settings);
    }
  }

  private void add(
      ListenerSpec spec, @Nullable InetAddress address, String text, ServerSettings settings) {
    Fd inherited = settings.fdStore().take(nameOf(spec, address));
    if (spec.transport() == Transport.TCP) {
      sockets.add(new Socket(spec, null, address, inherited));
      return;
    }
    int buffer = settings.limits().socketBufferBytes();
    UdpSocket.Options options = new UdpSocket.Options(buffer * RECEIVE_FACTOR, buffer, true);
    UdpSocket socket;
    if (inherited != null) {
      socket = UdpSocket.of(inherited);
    } else if (address == null) {
      socket = bindEverywhere(spec, options);
    } else {
      byte[] bytes = address.getAddress();
      socket = bind(spec, bytes.length == 4 ? Family.V4 : Family.V6, bytes, options, text);
    }
    sockets.add(new Socket(spec, socket, address, null));
  }

  /** Names in a store of descriptors of all that these settings listen on. */
  static List<String> storeNames(ServerSettings settings) {
    List<String> names = new ArrayList<>();
    for (ListenerSpec spec : settings.listeners()) {
      if (spec.addresses().isEmpty()) {
        names.add(nameOf(spec, null));
      }
      spec.addresses().forEach(text -> names.add(nameOf(spec, inet(text))));
    }
    return names;
  }

  private static String nameOf(ListenerSpec spec, @Nullable InetAddress address) {
    String on = address == null ? "*" : address.getHostAddress();
    return spec.transport() + ":" + on + ":" + spec.port();
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
