package dev.ovenbird.linux.netlink;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An address with the number of leading bits that count.
 *
 * @param ipv4 the family
 * @param high first 8 bytes of the IPv6 address; 0 for IPv4
 * @param low last 8 bytes of the IPv6 address; for IPv4 ::ffff:a.b.c.d has its last 8 bytes here
 * @param bits 0 to 32 or 128, as the family has it
 */
public record Prefix(boolean ipv4, long high, long low, int bits) {
  private static final long MAPPED = 0xffff_0000_0000L;

  public Prefix {
    if (bits < 0 || bits > (ipv4 ? 32 : 128)) {
      throw new IllegalArgumentException("/" + bits + " is no prefix length");
    }
    if (ipv4 && (high != 0 || (low >>> 32) != 0xffff)) {
      throw new IllegalArgumentException("an IPv4 address is ::ffff:a.b.c.d");
    }
  }

  /** A single address in the form of the packet path: IPv4 as ::ffff:a.b.c.d. */
  public static Prefix host(long high, long low) {
    boolean ipv4 = high == 0 && (low >>> 32) == 0xffff;
    return new Prefix(ipv4, high, low, ipv4 ? 32 : 128);
  }

  /** {@code address} has 4 or 16 bytes. */
  public static Prefix of(byte[] address, int bits) {
    ByteBuffer bytes = ByteBuffer.wrap(address);
    return switch (address.length) {
      case 4 -> new Prefix(true, 0, MAPPED | (bytes.getInt() & 0xffff_ffffL), bits);
      case 16 -> new Prefix(false, bytes.getLong(), bytes.getLong(), bits);
      default -> throw new IllegalArgumentException(address.length + " bytes are no address");
    };
  }

  /**
   * Reads {@code 10.88.0.0/16}, {@code fd00:88::/64}, or an address without length.
   *
   * @throws IllegalArgumentException if it is neither; names are never looked up
   */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    // The JDK also takes 10.88 for 10.0.0.88, and a scope.
    if (!literal.matches("[0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")) {
      throw new IllegalArgumentException("'" + text + "' is no address or prefix");
    }
    byte[] address = InetAddress.ofLiteral(literal).getAddress();
    return of(
        address, slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1)));
  }

  /** The address in network byte order, 4 or 16 bytes. */
  public byte[] addressBytes() {
    return ipv4
        ? ByteBuffer.allocate(4).putInt((int) low).array()
        : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /** The address alone, as text. */
  public String addressText() {
    String text = toString();
    return text.substring(0, text.indexOf('/'));
  }

  /** {@code 10.88.0.0/16}. */
  @Override
  public String toString() {
    try {
      // The plain way would take IPv4 in IPv6 clothes for IPv4.
      InetAddress address =
          ipv4
              ? InetAddress.getByAddress(addressBytes())
              : Inet6Address.getByAddress(null, addressBytes(), -1);
      return address.getHostAddress() + "/" + bits;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }
}
