/** libc's functions and what they answer: file descriptors, error numbers, calls. */
@NullMarked
package dev.ovenbird.linux.call;

import org.jspecify.annotations.NullMarked;
