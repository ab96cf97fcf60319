/** The agent in a Kubernetes cluster: mirrors API objects into files, gets keys, reports. */
@NullMarked
package dev.ovenbird.app.cluster;

import org.jspecify.annotations.NullMarked;
