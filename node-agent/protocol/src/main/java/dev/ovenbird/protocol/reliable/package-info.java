/** The reliability layer under TLS: messages in order, acknowledged, retransmitted. */
@NullMarked
package dev.ovenbird.protocol.reliable;

import org.jspecify.annotations.NullMarked;
