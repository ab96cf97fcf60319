/** The data channel: keys, AEAD, packet ids and replay windows in caller-supplied memory. */
@NullMarked
package dev.ovenbird.protocol.data;

import org.jspecify.annotations.NullMarked;
