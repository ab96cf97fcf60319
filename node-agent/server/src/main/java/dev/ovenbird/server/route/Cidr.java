package dev.ovenbird.server.route;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IP prefix. IPv4 addresses are held as ::ffff:a.b.c.d and their lengths as 96 more, so that one
 * comparison serves both; {@link #isIpv6} tells them apart.
 *
 * @param high first 8 bytes of the address
 * @param low last 8 bytes of the address
 * @param length leading bits that count, 0 to 128 (IPv4: 96 to 128)
 */
public record Cidr(boolean isIpv6, long high, long low, int length) {
  /** What IPv4 addresses have before their four bytes. */
  public static final long IPV4_PREFIX = 0xffff_0000_0000L;

  public Cidr {
    if (length < (isIpv6 ? 0 : 96) || length > 128) {
      throw new IllegalArgumentException("prefix length out of range");
    }
    high &= highMask(length);
    low &= lowMask(length);
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code fd00::/8}, or an address alone (one host). Never asks DNS.
   *
   * @throws IllegalArgumentException naming the text
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    boolean ipv6 = address.indexOf(':') >= 0;
    byte[] bytes = bytes(text, address, ipv6);
    int most = ipv6 ? 128 : 32;
    int length = slash < 0 ? most : length(text, text.substring(slash + 1), most);
    return of(bytes, length);
  }

  /** A prefix of an address of 4 or 16 bytes; {@code length} in its own family. */
  public static Cidr of(byte[] address, int length) {
    if (address.length == 4) {
      int bits = (address[0] << 24) | (address[1] & 255) << 16 | (address[2] & 255) << 8;
      long low = IPV4_PREFIX | Integer.toUnsignedLong(bits | (address[3] & 255));
      return new Cidr(false, 0, low, length + 96);
    }
    if (address.length != 16) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + address.length);
    }
    return new Cidr(true, bigEndian(address, 0), bigEndian(address, 8), length);
  }

  /** One host. */
  public static Cidr host(byte[] address) {
    return of(address, address.length * 8);
  }

  public boolean contains(Cidr other) {
    return isIpv6 == other.isIpv6 && length <= other.length && contains(other.high, other.low);
  }

  /** Whether one of the two contains the other. */
  public boolean overlaps(Cidr other) {
    return contains(other) || other.contains(this);
  }

  /** Whether an address of the same family is inside. */
  public boolean contains(long addressHigh, long addressLow) {
    return (addressHigh & highMask(length)) == high && (addressLow & lowMask(length)) == low;
  }

  /** 4 or 16 bytes. */
  public byte[] address() {
    byte[] bytes = new byte[isIpv6 ? 16 : 4];
    for (int i = 0; i < bytes.length; i++) {
      int bit = 8 * (bytes.length - 1 - i);
      bytes[i] = (byte) (bit >= 64 ? high >>> (bit - 64) : low >>> bit);
    }
    return bytes;
  }

  /** Length in the prefix's own family: 0 to 32 for IPv4. */
  public int familyLength() {
    return isIpv6 ? length : length - 96;
  }

  /** The address alone, as text; IPv6 in its short form (RFC 5952). */
  public String addressText() {
    if (!isIpv6) {
      return ((low >>> 24) & 255)
          + "."
          + ((low >>> 16) & 255)
          + "."
          + ((low >>> 8) & 255)
          + "."
          + (low & 255);
    }
    int zerosAt = -1;
    int zeros = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && group(end) == 0) {
        end++;
      }
      if (end - i > zeros) {
        zerosAt = i;
        zeros = end - i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == zerosAt) {
        text.append("::");
        i += zeros - 1;
      } else {
        text.append(i == 0 || text.toString().endsWith(":") ? "" : ":");
        text.append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }

  /** One of the eight 16-bit groups of an IPv6 address. */
  private int group(int i) {
    return (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xffff;
  }

  @Override
  public String toString() {
    return addressText() + "/" + familyLength();
  }

  static long highMask(int length) {
    return length >= 64 ? -1 : length == 0 ? 0 : -1L << (64 - length);
  }

  static long lowMask(int length) {
    return length <= 64 ? 0 : -1L << (128 - length);
  }

  private static byte[] bytes(String text, String address, boolean ipv6) {
    boolean literal =
        ipv6 ? address.matches("[0-9a-fA-F:.]+") : address.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!literal) {
      throw new IllegalArgumentException("'" + text + "' is no IP address or CIDR");
    }
    try {
      byte[] bytes = InetAddress.getByName(address).getAddress();
      if (bytes.length == (ipv6 ? 16 : 4)) {
        return bytes;
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("'" + text + "' is no IP address or CIDR", e);
    }
    throw new IllegalArgumentException("'" + text + "' is an IPv4 address in IPv6 clothes");
  }

  private static int length(String text, String digits, int most) {
    if (digits.matches("\\d{1,3}") && Integer.parseInt(digits) <= most) {
      return Integer.parseInt(digits);
    }
    throw new IllegalArgumentException("'" + text + "': prefix length must be 0 to " + most);
  }

  private static long bigEndian(byte[] bytes, int from) {
    long value = 0;
    for (int i = from; i < from + 8; i++) {
      value = value << 8 | (bytes[i] & 255);
    }
    return value;
  }
}
