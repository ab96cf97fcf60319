/** The file in which sessions outlive the process. */
@NullMarked
package dev.ovenbird.server.store;

import org.jspecify.annotations.NullMarked;
