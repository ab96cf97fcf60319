/** Log lines for people and, as JSON, for programs. */
@NullMarked
package dev.ovenbird.app.log;

import org.jspecify.annotations.NullMarked;
