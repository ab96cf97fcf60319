/** The operator as a whole on a real API server. */
@NullMarked
package dev.ovenbird.e2e.operator;

import org.jspecify.annotations.NullMarked;
