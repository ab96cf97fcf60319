/**
 * A start and a first client without root or network, while an image is built: what it loads and
 * links goes into the image's AOT cache.
 */
@NullMarked
package dev.ovenbird.app.rehearsal;

import org.jspecify.annotations.NullMarked;
