/** Addresses and networks as values. */
@NullMarked
package dev.ovenbird.operator.address;

import org.jspecify.annotations.NullMarked;
