/** The OpenVPN protocol without I/O: start at the package {@code session}. */
@NullMarked
package dev.ovenbird.protocol;

import org.jspecify.annotations.NullMarked;
