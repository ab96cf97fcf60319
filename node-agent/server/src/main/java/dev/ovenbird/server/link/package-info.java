/** The link side: UDP sockets with batches, TCP connections with framing, and paths to peers. */
@NullMarked
package dev.ovenbird.server.link;

import org.jspecify.annotations.NullMarked;
