/** A UDP relay that loses, delays, reorders, duplicates, corrupts, captures and replays. */
@NullMarked
package dev.ovenbird.e2e.relay;

import org.jspecify.annotations.NullMarked;
