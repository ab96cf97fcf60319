package dev.ovenbird.operator.plan;

import dev.ovenbird.operator.address.IpAddress;
import java.util.List;

/** A machine that runs instances; of each kind of address IPv4 comes first. */
public record Node(String name, List<IpAddress> external, List<IpAddress> internal) {
  /** The external addresses; the internal ones of a node that has no other. */
  public List<IpAddress> reachable() {
    return external.isEmpty() ? internal : external;
  }
}
