/** Liveness, readiness and the metrics page over HTTP. */
@NullMarked
package dev.ovenbird.app.health;

import org.jspecify.annotations.NullMarked;
