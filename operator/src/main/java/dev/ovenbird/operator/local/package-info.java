/** Local mode: a cluster on this machine, with processes in place of pods. */
@NullMarked
package dev.ovenbird.operator.local;

import org.jspecify.annotations.NullMarked;
