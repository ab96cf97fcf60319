/** A local cluster started in a namespace as a person would start it. */
@NullMarked
package dev.ovenbird.e2e.cluster;

import org.jspecify.annotations.NullMarked;
