/** Placeholder. */
@NullMarked
package dev.ovenbird.app;

import org.jspecify.annotations.NullMarked;
