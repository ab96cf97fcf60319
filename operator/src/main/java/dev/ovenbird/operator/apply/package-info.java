/** Writes what was planned to the API server, and only where something differs. */
@NullMarked
package dev.ovenbird.operator.apply;

import org.jspecify.annotations.NullMarked;
