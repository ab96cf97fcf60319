/** What a cluster is made of in Kubernetes; pure, like all planning. */
@NullMarked
package dev.ovenbird.operator.plan.kubernetes;

import org.jspecify.annotations.NullMarked;
