/** What people are told: conditions and events. */
@NullMarked
package dev.ovenbird.operator.status;

import org.jspecify.annotations.NullMarked;
