/** The root-only Unix socket by which a supervisor asks and steers an agent. */
@NullMarked
package dev.ovenbird.app.control;

import org.jspecify.annotations.NullMarked;
