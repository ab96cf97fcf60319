/** What is on the wire before any key: opcodes, session ids, control packets, TCP framing. */
@NullMarked
package dev.ovenbird.protocol.wire;

import org.jspecify.annotations.NullMarked;
