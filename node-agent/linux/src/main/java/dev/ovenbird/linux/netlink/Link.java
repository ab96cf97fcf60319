package dev.ovenbird.linux.netlink;

/**
 * A network interface.
 *
 * @param index its number
 * @param name at most 15 characters
 * @param mtu longest IP packet, bytes
 * @param transmitQueueLength packets
 * @param up whether it is switched on
 * @param kind {@code tun}, {@code veth} and so on; empty for hardware
 */
public record Link(
    int index, String name, int mtu, int transmitQueueLength, boolean up, String kind) {}
