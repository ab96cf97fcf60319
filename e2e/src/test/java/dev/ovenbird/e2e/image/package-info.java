/** The container images as archives: what is in them, and that they run as confined as in a pod. */
@NullMarked
package dev.ovenbird.e2e.image;

import org.jspecify.annotations.NullMarked;
