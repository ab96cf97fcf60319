/**
 * Segmentation offload on the TUN side: the kernel's large packets are cut into tunnel packets, and
 * tunnel packets of one TCP or UDP flow are merged into large ones. Pure functions over memory; no
 * I/O.
 */
@NullMarked
package dev.ovenbird.server.offload;

import org.jspecify.annotations.NullMarked;
