/** Child processes with their output as awaitable lines, and the scope that ends them all. */
@NullMarked
package dev.ovenbird.e2e.process;

import org.jspecify.annotations.NullMarked;
