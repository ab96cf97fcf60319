/** A short run of the differential fuzzer. */
@NullMarked
package dev.ovenbird.e2e.differential;

import org.jspecify.annotations.NullMarked;
