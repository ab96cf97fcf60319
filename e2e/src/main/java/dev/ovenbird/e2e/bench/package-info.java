/** The program behind ./ovenbird bench tunnel. */
@NullMarked
package dev.ovenbird.e2e.bench;

import org.jspecify.annotations.NullMarked;
