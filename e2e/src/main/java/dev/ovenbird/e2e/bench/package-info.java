/** The programs behind ./ovenbird bench. */
@NullMarked
package dev.ovenbird.e2e.bench;

import org.jspecify.annotations.NullMarked;
