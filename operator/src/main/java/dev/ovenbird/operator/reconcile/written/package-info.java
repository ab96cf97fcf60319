/** What claims, rosters and profile Secrets hold as they are written. */
@NullMarked
package dev.ovenbird.operator.reconcile.written;

import org.jspecify.annotations.NullMarked;
