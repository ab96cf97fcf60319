package dev.ovenbird.operator.address;

import java.math.BigInteger;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address; the text is canonical (RFC 5952 for IPv6).
 *
 * @param bits 32 or 128
 */
public record IpAddress(int bits, BigInteger value) implements Comparable<IpAddress> {
  /** Reads a literal; null if it isn't one. Names, zones and shortened IPv4 are none. */
  public static @Nullable IpAddress parse(String text) {
    boolean ipv6 = text.indexOf(':') >= 0;
    if (text.length() > 45 || text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      return null;
    }
    if (!ipv6) {
      return ipv4(text);
    }
    try {
      byte[] bytes = InetAddress.ofLiteral(text).getAddress();
      // The JDK turns IPv4-mapped IPv6 into IPv4: such a text means neither clearly.
      return bytes.length == 4 ? null : of(bytes);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Four numbers of at most 255, without leading zeros. Claims are read by the ten thousand. */
  private static @Nullable IpAddress ipv4(String text) {
    long value = 0;
    int number = -1;
    int dots = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' && number >= 0) {
        value = value << 8 | number;
        number = -1;
        dots++;
      } else if (c < '0' || c > '9' || number == 0) {
        return null;
      } else {
        number = Math.max(number, 0) * 10 + c - '0';
        if (number > 255) {
          return null;
        }
      }
    }
    return dots != 3 || number < 0
        ? null
        : new IpAddress(32, BigInteger.valueOf(value << 8 | number));
  }

  public static IpAddress of(byte[] bytes) {
    return new IpAddress(bytes.length * 8, new BigInteger(1, bytes));
  }

  public boolean isIpv6() {
    return bits == 128;
  }

  public IpAddress plus(BigInteger offset) {
    return new IpAddress(bits, value.add(offset));
  }

  /** Whether no packet to a client or from one may carry it: multicast, loopback and the like. */
  public boolean isSpecial() {
    InetAddress address = toInetAddress();
    return address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isMulticastAddress();
  }

  public InetAddress toInetAddress() {
    return InetAddress.ofLiteral(toString());
  }

  private int group(int index) {
    return value.shiftRight(16 * (7 - index)).intValue() & 0xffff;
  }

  @Override
  public int compareTo(IpAddress other) {
    return bits != other.bits ? Integer.compare(bits, other.bits) : value.compareTo(other.value);
  }

  @Override
  public String toString() {
    if (!isIpv6()) {
      long number = value.longValue();
      return (number >>> 24)
          + "."
          + (number >>> 16 & 0xff)
          + "."
          + (number >>> 8 & 0xff)
          + "."
          + (number & 0xff);
    }
    int bestStart = -1;
    int bestLength = 1; // RFC 5952: a single zero group is not shortened.
    for (int start = 0; start < 8; start++) {
      int end = start;
      while (end < 8 && group(end) == 0) {
        end++;
      }
      if (end - start > bestLength) {
        bestStart = start;
        bestLength = end - start;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(group(i)));
    }
    return text.toString();
  }
}
