/** Placeholder. */
@NullMarked
package dev.ovenbird.linux;

import org.jspecify.annotations.NullMarked;
