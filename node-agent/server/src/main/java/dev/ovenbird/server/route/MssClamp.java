package dev.ovenbird.server.route;

import dev.ovenbird.server.offload.PacketSum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Lowers the maximum segment size that TCP SYN packets announce, so that full segments still fit
 * the link (digest 5.9). Whatever the options are, nothing outside the packet is read or written.
 */
public final class MssClamp {
  private static final int FLAGS = 13;
  private static final int SYN = 0x02;
  private static final int CHECKSUM = 16;
  private static final int TCP_HEADER = 20;
  private static final int END = 0;
  private static final int NOP = 1;
  private static final int MSS = 2;
  private static final int MSS_BYTES = 4;

  private MssClamp() {}

  /** Rewrites the packet whose header was read, if it announces more than {@code largest}. */
  public static void clamp(MemorySegment packet, long offset, IpHeader header, int largest) {
    int available = header.length() - header.headerBytes();
    if (header.protocol() != IpHeader.TCP || header.isFragment() || available < TCP_HEADER) {
      return;
    }
    long tcp = offset + header.headerBytes();
    if ((packet.get(ValueLayout.JAVA_BYTE, tcp + FLAGS) & SYN) == 0) {
      return;
    }
    int headerEnd = (packet.get(ValueLayout.JAVA_BYTE, tcp + 12) >>> 4 & 15) * 4;
    if (headerEnd < TCP_HEADER || headerEnd > available) {
      return;
    }
    int at = TCP_HEADER;
    while (at < headerEnd) {
      int kind = packet.get(ValueLayout.JAVA_BYTE, tcp + at) & 255;
      if (kind == NOP) {
        at++;
        continue;
      }
      if (kind == END || at + 1 >= headerEnd) {
        return;
      }
      int size = packet.get(ValueLayout.JAVA_BYTE, tcp + at + 1) & 255;
      if (size < 2 || at + size > headerEnd) {
        return;
      }
      if (kind == MSS && size == MSS_BYTES) {
        lower(packet, tcp, at + 2, largest);
        return;
      }
      at += size;
    }
  }

  private static void lower(MemorySegment packet, long tcp, int at, int largest) {
    short announced = packet.get(IpHeader.SHORT, tcp + at);
    if ((announced & 0xffff) <= largest) {
      return;
    }
    packet.set(IpHeader.SHORT, tcp + at, (short) largest);
    boolean odd = (at & 1) != 0;
    int before = odd ? Short.reverseBytes(announced) : announced;
    int after = odd ? Short.reverseBytes((short) largest) : largest;
    short checksum = packet.get(IpHeader.SHORT, tcp + CHECKSUM);
    packet.set(IpHeader.SHORT, tcp + CHECKSUM, PacketSum.updated(checksum, before, after));
  }
}
