package dev.ovenbird.fuzz;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.TcpFraming;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What is on the wire before any key: bodies, early negotiation, TCP framing. */
public final class WireFuzz {
  private static final TcpFraming FRAMING = new TcpFraming(3072);

  private WireFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (boolean ackOnly : new boolean[] {true, false}) {
      try {
        ControlBody body = ControlBody.parse(ackOnly, data);
        byte[] again = body.encode();
        Check.that(again.length <= data.length, "a body grew");
        Check.that(
            Arrays.equals(again, Arrays.copyOf(data, again.length)) || body.acks().length == 0,
            "a body changed");
      } catch (MalformedPacketException refused) {
        // Most are.
      }
    }
    try {
      EarlyNegotiation.parse(data);
    } catch (MalformedPacketException refused) {
      // Most are.
    }
    int length = FRAMING.next(MemorySegment.ofArray(data), 0, data.length);
    Check.that(length >= -2 && (length < 0 || length <= data.length - 2), "a frame too long");
    if (data.length > 0) {
      Opcode opcode = Opcode.ofFirstByte(data[0]);
      Check.that(opcode == null || opcode.code() == (data[0] & 255) >>> 3, "another opcode");
    }
  }
}
