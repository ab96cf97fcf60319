/** From what people wrote to inputs that are whole, checked and have their defaults. */
@NullMarked
package dev.ovenbird.operator.resolve;

import org.jspecify.annotations.NullMarked;
