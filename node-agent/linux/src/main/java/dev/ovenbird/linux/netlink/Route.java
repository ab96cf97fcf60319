package dev.ovenbird.linux.netlink;

/**
 * A route that Ovenbird made.
 *
 * @param destination where to
 * @param interfaceIndex by which interface; for unreachable routes 0 or that of lo
 * @param unreachable whether packets are refused
 * @param metric lower is preferred; 0 to 4294967295
 */
public record Route(Prefix destination, int interfaceIndex, boolean unreachable, long metric) {}
