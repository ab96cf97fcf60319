/** What the CRDs' schema needs and the generator's own annotations cannot say. */
@NullMarked
package dev.ovenbird.crds.schema;

import org.jspecify.annotations.NullMarked;
