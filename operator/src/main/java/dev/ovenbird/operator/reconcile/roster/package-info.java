/** Rosters: who may connect, in ConfigMaps that agents watch. */
@NullMarked
package dev.ovenbird.operator.reconcile.roster;

import org.jspecify.annotations.NullMarked;
