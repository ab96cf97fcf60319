/** Placeholder. */
@NullMarked
package dev.ovenbird.testkit;

import org.jspecify.annotations.NullMarked;
