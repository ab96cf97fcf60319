package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.data.OccMessage;
import dev.ovenbird.protocol.data.Ping;
import dev.ovenbird.protocol.message.TextMessage;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Data packets of open sessions: decrypted in place and handed to the host, but for pings and OCC
 * messages, which end here. An authentic one from another address moves its session there.
 */
final class DataPackets {
  private static final int PING_ROOM = Ping.BYTES + DataFormat.MAX_OVERHEAD;
  private static final int KEY_ID_MASK = 7;
  private static final int PEER_ID_MASK = 0xffffff;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Said to a client that compresses all the same: it would lose packets and never know why. */
  private static final String COMPRESSED =
      "this server refuses compressed packets: remove comp-lzo and compress from the profile";

  private final LinkDemultiplexer demultiplexer;
  private final ServerHost host;
  private final MemorySegment scratch = MemorySegment.ofArray(new byte[PING_ROOM]);

  DataPackets(LinkDemultiplexer demultiplexer, ServerHost host) {
    this.demultiplexer = demultiplexer;
    this.host = host;
  }

  /** Null if the packet was used; else why it was dropped. */
  @Nullable DropReason received(
      Opcode opcode,
      LinkPath from,
      MemorySegment packet,
      long offset,
      int length,
      long bootNanos,
      long wallSeconds) {
    boolean v2 = opcode == Opcode.DATA_V2;
    if (length < (v2 ? DataFormat.LEAST_OVERHEAD_V2 : DataFormat.LEAST_OVERHEAD_V1)) {
      return DropReason.TOO_SHORT;
    }
    ServerNegotiator negotiator =
        v2
            ? demultiplexer.data(packet.get(INT, offset) & PEER_ID_MASK, from)
            : demultiplexer.openAt(from);
    ServerSession session = negotiator == null ? null : negotiator.session;
    if (negotiator == null || session == null) {
      return DropReason.NO_KEY;
    }
    boolean floated = !session.path().equals(from);
    if (floated && !mayMove(session, from)) {
      return DropReason.BAD_FLOAT;
    }
    int keyId = packet.get(ValueLayout.JAVA_BYTE, offset) & KEY_ID_MASK;
    int plain = session.open(packet, offset, length, keyId, bootNanos);
    if (plain < 0) {
      return DropReason.ofStatus(plain);
    }
    // A zero-length result is no sign that the peer meant to move (CVE-2020-11810).
    if (floated && plain > 0) {
      LinkPath previous = session.path();
      demultiplexer.move(negotiator, session, from);
      host.moved(session, previous);
    }
    long framed = offset + session.format().plaintextOffset(v2);
    CompressionFraming framing = session.format().framing();
    int payload = framing.unframe(packet, framed, plain);
    if (payload == CompressionFraming.COMPRESSED) {
      negotiator.end(
          CloseReason.CUT_OFF, new TextMessage.AuthFailed(COMPRESSED), bootNanos, wallSeconds);
      return DropReason.COMPRESSED;
    }
    long at = framed + framing.skip();
    if (Ping.isPing(packet, at, payload)) {
      return null;
    }
    if (OccMessage.isOcc(packet, at, payload)) {
      if (OccMessage.op(packet, at) == OccMessage.EXIT) {
        negotiator.vanish(CloseReason.EXIT);
      }
      return null;
    }
    if (payload > 0) {
      host.tunnelPacket(session, packet, at, payload);
    }
    return null;
  }

  private boolean mayMove(ServerSession session, LinkPath to) {
    return to.transport() == Transport.UDP
        && session.path().transport() == Transport.UDP
        && demultiplexer.openAt(to) == null;
  }

  /** Sends a ping, if a key can. */
  void ping(ServerSession session, long bootNanos) {
    MemorySegment ping = Ping.payload();
    int length = session.seal(ping, 0, (int) ping.byteSize(), scratch, 0, bootNanos);
    if (length > 0) {
      host.transmit(session.path(), scratch, 0, length);
    }
  }
}
