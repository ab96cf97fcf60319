package dev.ovenbird.app.config;

import dev.ovenbird.server.route.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Function;

/** {@code 127.0.0.1:9100} and {@code [::1]:9100}; literals only, so that nothing asks DNS. */
public final class SocketAddresses {
  private SocketAddresses() {}

  /**
   * @param problem makes the exception from words for a person
   */
  public static <E extends Exception> InetSocketAddress parse(
      String text, Function<String, E> problem) throws E {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1
        || text.indexOf('/') >= 0
        || !port.matches("[0-9]{1,5}")
        || Integer.parseInt(port) > 65535) {
      throw problem.apply("'" + text + "' is not ADDRESS:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(Cidr.parse(host).address()), Integer.parseInt(port));
    } catch (IllegalArgumentException | UnknownHostException e) {
      throw problem.apply("'" + text + "' is not ADDRESS:PORT");
    }
  }
}
