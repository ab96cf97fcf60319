package dev.ovenbird.fuzz;

import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.GatewayEcho;
import dev.ovenbird.server.route.IpHeader;
import dev.ovenbird.server.route.MssClamp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** IP packets of clients: nothing outside the packet is read (it would throw) or written. */
public final class PacketFuzz {
  private static final int MARGIN = 16;

  private PacketFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    // Exactly as long as the packet: a read beyond it is an exception.
    byte[] exact = data.clone();
    use(MemorySegment.ofArray(exact), 0, exact.length);
    byte[] framed = new byte[data.length + 2 * MARGIN];
    Arrays.fill(framed, (byte) 0x5a);
    System.arraycopy(data, 0, framed, MARGIN, data.length);
    use(MemorySegment.ofArray(framed), MARGIN, data.length);
    for (int i = 0; i < MARGIN; i++) {
      Check.that(framed[i] == 0x5a && framed[framed.length - 1 - i] == 0x5a, "written outside");
    }
    try {
      Cidr.parse(new String(data, StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException refused) {
      // Most are.
    }
  }

  private static void use(MemorySegment packet, long offset, int length) {
    IpHeader header = new IpHeader();
    if (!header.read(packet, offset, length)) {
      return;
    }
    Check.that(header.length() <= length && header.length() >= 20, "longer than it is");
    header.isDns(packet, offset);
    header.isFromLinkLocal();
    MssClamp.clamp(packet, offset, header, 1000);
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) >>> 4 & 15;
    Check.that(header.isIpv6() == (first == 6), "another version");
    GatewayEcho.answer(packet, offset, header);
  }
}
