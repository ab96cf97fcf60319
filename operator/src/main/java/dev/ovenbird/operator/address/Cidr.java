package dev.ovenbird.operator.address;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** A network: an address without host bits and its prefix length. */
public record Cidr(IpAddress network, int prefix) {

  /** Reads {@code 10.88.0.0/16}; null if it isn't one or has host bits. */
  public static @Nullable Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9][0-9]{0,2}")) {
      return null;
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    int prefix = Integer.parseInt(text.substring(slash + 1));
    if (address == null || prefix > address.bits()) {
      return null;
    }
    Cidr cidr = new Cidr(address, prefix);
    return address.value().equals(cidr.masked(address.value())) ? cidr : null;
  }

  public static Cidr host(IpAddress address) {
    return new Cidr(address, address.bits());
  }

  public boolean isIpv6() {
    return network.isIpv6();
  }

  public int hostBits() {
    return network.bits() - prefix;
  }

  public boolean contains(IpAddress address) {
    return address.bits() == network.bits() && masked(address.value()).equals(network.value());
  }

  public boolean overlaps(Cidr other) {
    return contains(other.network) || other.contains(network);
  }

  /** The first address after the network's own. */
  public IpAddress gateway() {
    return network.plus(BigInteger.ONE);
  }

  /** The last address. */
  public IpAddress last() {
    return network.plus(BigInteger.ONE.shiftLeft(hostBits()).subtract(BigInteger.ONE));
  }

  /** The network that this address lies in. */
  public Cidr cleared() {
    return new Cidr(new IpAddress(network.bits(), masked(network.value())), prefix);
  }

  private BigInteger masked(BigInteger value) {
    return value.shiftRight(hostBits()).shiftLeft(hostBits());
  }

  @Override
  public String toString() {
    return network + "/" + prefix;
  }
}
