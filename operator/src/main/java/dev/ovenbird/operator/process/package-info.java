/** The operator as a process: its settings, its parts, leader election. */
@NullMarked
package dev.ovenbird.operator.process;

import org.jspecify.annotations.NullMarked;
