/** TLS engines without I/O, and the tasks by which they run off the packet thread. */
@NullMarked
package dev.ovenbird.protocol.tls;

import org.jspecify.annotations.NullMarked;
