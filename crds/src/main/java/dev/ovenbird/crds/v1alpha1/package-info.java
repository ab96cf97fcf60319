/**
 * The custom resources of {@code ovenbird.dev/v1alpha1} as Java; the CRDs and the checks of local
 * mode are generated from these types.
 */
@NullMarked
package dev.ovenbird.crds.v1alpha1;

import org.jspecify.annotations.NullMarked;
