package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.net.Capture.Packet;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** OpenVPN packets in a file of captured Ethernet frames. */
final class Frames {
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int BUFFER = 1 << 16;
  private static final int ETHERNET = 14;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SYN = 2;

  private final int serverPort;
  private final Consumer<Packet> packets;
  private final Map<Integer, Stream> streams = new HashMap<>();

  /** One direction of a TCP connection: packets are framed by two bytes of length. */
  private static final class Stream {
    private int next;
    private byte[] rest = new byte[0];

    void take(int sequence, byte[] bytes, boolean fromClient, Consumer<Packet> packets) {
      int known = next - sequence;
      if (known < 0 || known >= bytes.length) {
        return;
      }
      next = sequence + bytes.length;
      int had = rest.length;
      rest = Arrays.copyOf(rest, had + bytes.length - known);
      System.arraycopy(bytes, known, rest, had, bytes.length - known);
      int at = 0;
      while (rest.length >= at + 2) {
        int length = ByteBuffer.wrap(rest).getShort(at) & 0xffff;
        if (rest.length < at + 2 + length) {
          break;
        }
        if (length > 0) {
          packets.accept(new Packet(fromClient, Arrays.copyOfRange(rest, at + 2, at + 2 + length)));
        }
        at += 2 + length;
      }
      rest = Arrays.copyOfRange(rest, at, rest.length);
    }
  }

  private Frames(int serverPort, Consumer<Packet> packets) {
    this.serverPort = serverPort;
    this.packets = packets;
  }

  /** Hands over what a file holds so far, in order; its last record may be half written. */
  static void read(Path file, int serverPort, Consumer<Packet> packets) {
    Frames frames = new Frames(serverPort, packets);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      in.readNBytes(FILE_HEADER);
      while (true) {
        byte[] header = in.readNBytes(RECORD_HEADER);
        if (header.length < RECORD_HEADER) {
          return;
        }
        int length = ByteBuffer.wrap(header).order(ByteOrder.nativeOrder()).getInt(8);
        byte[] frame = in.readNBytes(length);
        if (frame.length < length) {
          return;
        }
        frames.frame(ByteBuffer.wrap(frame));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void frame(ByteBuffer frame) {
    if (frame.capacity() < ETHERNET + 40) {
      return;
    }
    boolean ipv4 = frame.get(ETHERNET) >> 4 == 4;
    int protocol = frame.get(ETHERNET + (ipv4 ? 9 : 6));
    int header = ETHERNET + (ipv4 ? (frame.get(ETHERNET) & 15) * 4 : 40);
    // Short frames are padded: the length is IP's.
    int end =
        ipv4
            ? ETHERNET + (frame.getShort(ETHERNET + 2) & 0xffff)
            : header + (frame.getShort(ETHERNET + 4) & 0xffff);
    end = Math.min(end, frame.capacity());
    int source = frame.getShort(header) & 0xffff;
    int destination = frame.getShort(header + 2) & 0xffff;
    boolean fromClient = destination == serverPort;
    if (protocol == UDP && end > header + 8) {
      packets.accept(new Packet(fromClient, bytes(frame, header + 8, end)));
    } else if (protocol == TCP) {
      Stream stream = streams.computeIfAbsent(source << 16 | destination, key -> new Stream());
      int sequence = frame.getInt(header + 4);
      if ((frame.get(header + 13) & SYN) != 0) {
        stream.next = sequence + 1;
      } else {
        int data = header + ((frame.get(header + 12) & 0xf0) >> 2);
        stream.take(sequence, bytes(frame, data, Math.max(data, end)), fromClient, packets);
      }
    }
  }

  private static byte[] bytes(ByteBuffer frame, int from, int to) {
    byte[] bytes = new byte[to - from];
    frame.get(from, bytes);
    return bytes;
  }
}
