/** The repository's own rules, as tests over its files. */
@NullMarked
package dev.ovenbird.e2e.tidy;

import org.jspecify.annotations.NullMarked;
