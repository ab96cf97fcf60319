/** The event loop's guests: file descriptors, deadlines and the workers for slow tasks. */
@NullMarked
package dev.ovenbird.server.loop;

import org.jspecify.annotations.NullMarked;
