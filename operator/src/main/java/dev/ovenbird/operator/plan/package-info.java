/** What must exist for a cluster: pure, from inputs and state to instances, endpoints, roster. */
@NullMarked
package dev.ovenbird.operator.plan;

import org.jspecify.annotations.NullMarked;
