/** Placeholder. */
@NullMarked
package dev.ovenbird.operator;

import org.jspecify.annotations.NullMarked;
