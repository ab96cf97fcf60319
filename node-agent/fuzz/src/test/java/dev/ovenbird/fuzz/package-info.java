/** Coverage-guided fuzzing of whatever reads bytes of others: targets, their seeds, the runs. */
@NullMarked
package dev.ovenbird.fuzz;

import org.jspecify.annotations.NullMarked;
