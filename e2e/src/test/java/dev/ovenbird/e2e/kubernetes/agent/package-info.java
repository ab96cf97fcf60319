/** The agent as a pod runs it, on a real API server with the operator's own objects. */
@NullMarked
package dev.ovenbird.e2e.kubernetes.agent;

import org.jspecify.annotations.NullMarked;
