/** What the controllers of all kinds share: settings, caches, and what each cluster is now. */
@NullMarked
package dev.ovenbird.operator.reconcile;

import org.jspecify.annotations.NullMarked;
