/** What a node must offer an instance, checked on the node itself, each with the remedy. */
@NullMarked
package dev.ovenbird.app.preflight;

import org.jspecify.annotations.NullMarked;
