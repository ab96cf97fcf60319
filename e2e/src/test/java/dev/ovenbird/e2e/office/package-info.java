/** The README's cluster on real nodes: what people reach, and what they see when parts fail. */
@NullMarked
package dev.ovenbird.e2e.office;

import org.jspecify.annotations.NullMarked;
