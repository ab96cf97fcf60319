/** The cluster controller on a real API server. */
@NullMarked
package dev.ovenbird.e2e.operator.cluster;

import org.jspecify.annotations.NullMarked;
