/** What a server sets up in the system around it: TUN addresses, routes and firewall rules. */
@NullMarked
package dev.ovenbird.server.host;

import org.jspecify.annotations.NullMarked;
