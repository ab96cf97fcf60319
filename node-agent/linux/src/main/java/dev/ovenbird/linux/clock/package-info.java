/** The clock that goes on while the machine sleeps. */
@NullMarked
package dev.ovenbird.linux.clock;

import org.jspecify.annotations.NullMarked;
