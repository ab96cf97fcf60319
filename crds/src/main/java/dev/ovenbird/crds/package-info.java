/** Placeholder. */
@NullMarked
package dev.ovenbird.crds;

import org.jspecify.annotations.NullMarked;
