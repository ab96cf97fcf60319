/** The TUN's offloads against the kernel: packets through two TUNs of one namespace. */
@NullMarked
package dev.ovenbird.e2e.offload;

import org.jspecify.annotations.NullMarked;
