package dev.ovenbird.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * A stream of tunnel packets that can be told apart: each carries who sent it, its number, and
 * content that follows from both. Receiving one twice, changed, or from somebody else is an error.
 */
public final class NumberedPackets {
  private final long stream;
  private final Set<Integer> received = new HashSet<>();
  private int sent;

  public NumberedPackets(long stream) {
    this.stream = stream;
  }

  public byte[] next() {
    return content(sent++);
  }

  private byte[] content(int number) {
    Random content = new Random(stream * 1_000_003 + number);
    byte[] bytes = new byte[12 + content.nextInt(1300)];
    content.nextBytes(bytes);
    ByteBuffer.wrap(bytes).putLong(stream).putInt(number);
    return bytes;
  }

  public void received(MemorySegment segment, long offset, int length) {
    byte[] packet = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    if (packet.length < 12 || ByteBuffer.wrap(packet).getLong() != stream) {
      throw new AssertionError("packet of another stream delivered to stream " + stream);
    }
    int number = ByteBuffer.wrap(packet).getInt(8);
    if (number >= sent || !java.util.Arrays.equals(packet, content(number))) {
      throw new AssertionError("packet " + number + " was changed on the way");
    }
    if (!received.add(number)) {
      throw new AssertionError("packet " + number + " delivered twice");
    }
  }

  public int sent() {
    return sent;
  }

  public int delivered() {
    return received.size();
  }
}
