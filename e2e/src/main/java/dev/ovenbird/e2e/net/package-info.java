/** Network namespaces, the links between them, and what the network of one looks like. */
@NullMarked
package dev.ovenbird.e2e.net;

import org.jspecify.annotations.NullMarked;
