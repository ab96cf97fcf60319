/** What is counted, as an interface; the program maps it to its own metrics. */
@NullMarked
package dev.ovenbird.server.metric;

import org.jspecify.annotations.NullMarked;
