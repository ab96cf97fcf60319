package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Control packets: each goes to the negotiator it belongs to, or else to {@link InitialPackets}.
 */
final class ControlPackets {
  /** Longest control packet worth looking at: the reference's buffer and a WKc. */
  static final int MAX_BYTES = 3072;

  private static final int SMALLEST_BYTES = 9;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final ServerEndpoint endpoint;
  private final LinkDemultiplexer demultiplexer;
  private final InitialPackets initial;
  private final ServerHost host;

  ControlPackets(
      ServerEndpoint endpoint,
      LinkDemultiplexer demultiplexer,
      InitialPackets initial,
      ServerHost host) {
    this.endpoint = endpoint;
    this.demultiplexer = demultiplexer;
    this.initial = initial;
    this.host = host;
  }

  /** Null if the packet was used; else why it was dropped. */
  @Nullable DropReason received(
      Opcode opcode,
      LinkPath from,
      MemorySegment segment,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    if (length < SMALLEST_BYTES) {
      return DropReason.TOO_SHORT;
    }
    if (length > MAX_BYTES) {
      return DropReason.MALFORMED;
    }
    byte[] packet = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    SessionId remote =
        new SessionId(
            ((long) segment.get(INT, offset + 1) << 32)
                | Integer.toUnsignedLong(segment.get(INT, offset + 5)));
    ServerNegotiator negotiator = demultiplexer.control(from, remote);
    if (negotiator != null) {
      return known(negotiator, opcode, packet, bootNanos, wallSeconds);
    }
    DropReason dropped = initial.received(opcode, from, packet, bootNanos, wallSeconds);
    if (dropped != null
        && from.transport() == Transport.TCP
        && demultiplexer.openAt(from) == null) {
      host.hangUp(from);
    }
    return dropped;
  }

  private @Nullable DropReason known(
      ServerNegotiator negotiator, Opcode opcode, byte[] packet, long bootNanos, long wallSeconds) {
    // As messages they would take the place of one that the client has to say.
    switch (opcode) {
      case CONTROL_HARD_RESET_CLIENT_V1,
          CONTROL_HARD_RESET_SERVER_V1,
          CONTROL_HARD_RESET_SERVER_V2 -> {
        return DropReason.UNKNOWN_OPCODE;
      }
      default -> {
        // A client's.
      }
    }
    int end = packet.length;
    if (opcode.carriesWrappedClientKey()) {
      // The key is set once per session; a second WKc is only stripped (CVE-2025-2704).
      int wkc = WrappedClientKey.lengthAtEnd(packet, end);
      if (wkc < 0) {
        return DropReason.WRAP_FAILED;
      }
      end -= wkc;
    }
    Unwrapped unwrapped = negotiator.channel.unwrap(packet, end);
    if (unwrapped == null) {
      return DropReason.WRAP_FAILED;
    }
    DropReason dropped = negotiator.channel.receive(opcode, unwrapped, bootNanos, wallSeconds);
    ServerSession session = negotiator.session;
    if (dropped == null && session != null) {
      session.alive(bootNanos);
      negotiator.heard();
    }
    endpoint.reschedule(negotiator);
    return dropped;
  }
}
