/** Caches that all controllers share, one watch for each kind of object. */
@NullMarked
package dev.ovenbird.operator.reconcile.watch;

import org.jspecify.annotations.NullMarked;
