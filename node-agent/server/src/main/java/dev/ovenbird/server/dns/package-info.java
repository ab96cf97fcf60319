/** Answers clients' DNS queries to the gateway by asking the node's own name servers. */
@NullMarked
package dev.ovenbird.server.dns;

import org.jspecify.annotations.NullMarked;
