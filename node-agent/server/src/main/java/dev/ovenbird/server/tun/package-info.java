/** The TUN side: batches of tunnel packets to and from the kernel or the program itself. */
@NullMarked
package dev.ovenbird.server.tun;

import org.jspecify.annotations.NullMarked;
