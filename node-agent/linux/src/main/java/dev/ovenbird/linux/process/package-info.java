/** What this process may do and what the host must allow: capabilities, forwarding, dumps. */
@NullMarked
package dev.ovenbird.linux.process;

import org.jspecify.annotations.NullMarked;
