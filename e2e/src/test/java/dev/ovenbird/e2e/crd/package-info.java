/** The CRDs, the admission policies and the examples on a real API server. */
@NullMarked
package dev.ovenbird.e2e.crd;

import org.jspecify.annotations.NullMarked;
