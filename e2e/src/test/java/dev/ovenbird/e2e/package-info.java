/** Real clients against a real cluster, in network namespaces. */
@NullMarked
package dev.ovenbird.e2e;

import org.jspecify.annotations.NullMarked;
