/** Placeholder. */
@NullMarked
package dev.ovenbird.server;

import org.jspecify.annotations.NullMarked;
