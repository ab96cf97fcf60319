/** The server's counters as Prometheus meters. */
@NullMarked
package dev.ovenbird.app.metric;

import org.jspecify.annotations.NullMarked;
