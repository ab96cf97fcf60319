package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.SessionId;

/**
 * A control packet that verified. Whether it is a replay is not yet known.
 *
 * @param firstByte opcode and key id, 0 … 255
 * @param sender may be undefined
 * @param replayId {@link ReplayId#NONE} if the wrap has none
 * @param body see {@link dev.ovenbird.protocol.wire.ControlBody}
 */
public record Unwrapped(int firstByte, SessionId sender, ReplayId replayId, byte[] body) {}
