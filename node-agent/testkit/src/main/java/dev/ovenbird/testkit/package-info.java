/** A seeded simulation of servers and clients over bad links, and what tests need to build one. */
@NullMarked
package dev.ovenbird.testkit;

import org.jspecify.annotations.NullMarked;
