package dev.ovenbird.e2e.kubernetes.node;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A name server's answer to one query (RFC 1035 section 4): the internet's address for the zone and
 * everything below it, NXDOMAIN for the rest.
 *
 * @param question name and type
 */
record DnsAnswer(String question, byte[] bytes) {
  private static final int HEADER = 12;
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;
  private static final int RESPONSE_AUTHORITATIVE = 0x8480;
  private static final int NXDOMAIN = 3;
  private static final int TTL_SECONDS = 5;

  /** Nothing for what is no query. */
  static @Nullable DnsAnswer to(byte[] query, int length) {
    try {
      ByteBuffer in = ByteBuffer.wrap(query, 0, length);
      int id = in.getShort() & 0xffff;
      int flags = in.getShort() & 0xffff;
      if ((flags & 0x8000) != 0 || in.getShort() != 1) {
        return null;
      }
      in.position(HEADER);
      StringBuilder labels = new StringBuilder();
      for (int size = in.get() & 0xff; size > 0; size = in.get() & 0xff) {
        byte[] label = new byte[size];
        in.get(label);
        labels
            .append(labels.isEmpty() ? "" : ".")
            .append(new String(label, StandardCharsets.UTF_8));
      }
      int type = in.getShort() & 0xffff;
      in.getShort();
      String name = labels.toString().toLowerCase(Locale.ROOT);
      boolean known = name.equals(Internet.ZONE) || name.endsWith("." + Internet.ZONE);
      boolean address = known && type == TYPE_A;
      ByteBuffer out = ByteBuffer.allocate(in.position() + 16);
      out.putShort((short) id);
      out.putShort((short) (RESPONSE_AUTHORITATIVE | (flags & 0x0100) | (known ? 0 : NXDOMAIN)));
      out.putShort((short) 1).putShort((short) (address ? 1 : 0)).putInt(0);
      out.put(query, HEADER, in.position() - HEADER);
      if (address) {
        // The name is the one of the question, which starts after the header.
        out.putShort((short) (0xc000 | HEADER)).putShort((short) TYPE_A).putShort((short) 1);
        out.putInt(TTL_SECONDS).putShort((short) 4);
        for (String part : Subnets.INTERNET.split("\\.")) {
          out.put((byte) Integer.parseInt(part));
        }
      }
      byte[] bytes = new byte[out.position()];
      out.flip().get(bytes);
      return new DnsAnswer(name + " " + typeName(type), bytes);
    } catch (BufferUnderflowException e) {
      return null;
    }
  }

  private static String typeName(int type) {
    return switch (type) {
      case TYPE_A -> "A";
      case TYPE_AAAA -> "AAAA";
      default -> "TYPE" + type;
    };
  }
}
