/** Sessions that outlive the process that served them. */
@NullMarked
package dev.ovenbird.e2e.survival;

import org.jspecify.annotations.NullMarked;
