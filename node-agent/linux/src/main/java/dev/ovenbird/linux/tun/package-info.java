/** The kernel's TUN device. */
@NullMarked
package dev.ovenbird.linux.tun;

import org.jspecify.annotations.NullMarked;
