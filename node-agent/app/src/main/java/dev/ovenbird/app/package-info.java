/** The agent's process: one instance of a cluster. Start at Agent. */
@NullMarked
package dev.ovenbird.app;

import org.jspecify.annotations.NullMarked;
