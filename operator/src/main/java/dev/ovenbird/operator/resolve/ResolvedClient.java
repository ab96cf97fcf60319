package dev.ovenbird.operator.resolve;

import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client, checked.
 *
 * @param chosenIpv4 the IPv4 address that a person chose; null if one is to be claimed
 * @param routedNetworks networks behind it
 * @param line where its addresses are, or the client itself, for problems found later
 */
public record ResolvedClient(
    String name,
    boolean suspended,
    @Nullable Instant notAfter,
    @Nullable IpAddress chosenIpv4,
    List<Cidr> routedNetworks,
    int line) {}
