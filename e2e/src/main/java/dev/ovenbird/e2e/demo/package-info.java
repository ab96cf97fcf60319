/** The program behind ./ovenbird demo. */
@NullMarked
package dev.ovenbird.e2e.demo;

import org.jspecify.annotations.NullMarked;
