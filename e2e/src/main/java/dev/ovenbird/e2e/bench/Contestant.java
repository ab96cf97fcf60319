package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Lab;

/**
 * A server under measurement with a client of its own that is connected, in a lab of their own.
 *
 * @param server its process
 * @param client its client's process
 * @param address the client's in the tunnel, IPv4
 */
record Contestant(Figures figures, Lab lab, long server, long client, String address) {}
