/** The only code of Ovenbird that calls native functions: x86_64 and aarch64 Linux with glibc. */
@NullMarked
package dev.ovenbird.linux;

import org.jspecify.annotations.NullMarked;
