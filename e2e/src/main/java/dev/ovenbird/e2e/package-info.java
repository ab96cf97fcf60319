/** Placeholder. */
@NullMarked
package dev.ovenbird.e2e;

import org.jspecify.annotations.NullMarked;
