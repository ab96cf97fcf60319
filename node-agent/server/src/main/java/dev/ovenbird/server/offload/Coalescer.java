package dev.ovenbird.server.offload;

import dev.ovenbird.linux.tun.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Merges the TCP segments and UDP datagrams of a batch of packets, flow by flow. The order within a
 * flow is kept; whatever can't be merged leaves as it came. A packet whose checksum is wrong is
 * never merged: the merged packet's checksum is made anew, which would hide the damage. Of TCP's
 * acknowledgements that follow one another in a batch only the last is written, where it says all
 * that those before it say.
 */
public final class Coalescer {
  private static final int FLOWS = 8;

  private final Flow[] flows = new Flow[FLOWS];
  private final FlowPacket parsed = new FlowPacket();
  private final boolean mergesUdp;
  private final MemorySegment plainHeader;
  private final IoVector plain;
  private final ToIntFunction<IoVector> writer;
  private int oldest;
  private int written;

  /**
   * @param mergesUdp whether the device takes merged datagrams
   * @param writer takes one packet with its vnet header in front; more than 0 means it was taken
   */
  public Coalescer(Arena arena, boolean mergesUdp, ToIntFunction<IoVector> writer) {
    this.mergesUdp = mergesUdp;
    this.writer = writer;
    for (int i = 0; i < FLOWS; i++) {
      flows[i] = new Flow(arena);
    }
    plainHeader = arena.allocate(VnetHeader.BYTES, 8);
    plain = new IoVector(arena, 2);
  }

  /** Takes one packet; its memory must stay as it is until {@link #flush}. */
  public void add(MemorySegment packet, long offset, int length) {
    if (!parsed.read(packet, offset, length)) {
      // Perhaps a fragment of one of the flows.
      flushFlows();
      writePlain(packet, offset, length);
      return;
    }
    Flow flow = find(packet, offset);
    boolean waits =
        (parsed.acknowledges
                || (parsed.mergeable && (mergesUdp || parsed.protocol == FlowPacket.TCP)))
            && parsed.isChecksumRight(packet, offset);
    if (flow != null && waits) {
      if (flow.isReplacedBy(parsed, packet, offset)) {
        flow.replace(parsed, packet, offset);
        return;
      }
      if (parsed.mergeable && flow.append(parsed, packet, offset)) {
        if (flow.isComplete()) {
          finish(flow);
        }
        return;
      }
    }
    if (flow != null) {
      finish(flow);
    }
    if (!waits) {
      writePlain(packet, offset, length);
      return;
    }
    Flow empty = free();
    empty.begin(parsed, packet, offset);
    if (empty.isComplete()) {
      finish(empty);
    }
  }

  private @Nullable Flow find(MemorySegment packet, long offset) {
    for (Flow flow : flows) {
      if (flow.isFlowOf(parsed, packet, offset)) {
        return flow;
      }
    }
    return null;
  }

  private Flow free() {
    for (Flow flow : flows) {
      if (flow.isEmpty()) {
        return flow;
      }
    }
    oldest = (oldest + 1) % FLOWS;
    finish(flows[oldest]);
    return flows[oldest];
  }

  private void finish(Flow flow) {
    int packets = flow.packets();
    if (writer.applyAsInt(flow.finish()) > 0) {
      written += packets;
    }
  }

  private void flushFlows() {
    for (Flow flow : flows) {
      if (!flow.isEmpty()) {
        finish(flow);
      }
    }
  }

  private void writePlain(MemorySegment packet, long offset, int length) {
    plain.clear();
    plain.add(plainHeader, 0, VnetHeader.BYTES);
    plain.add(packet, offset, length);
    if (writer.applyAsInt(plain) > 0) {
      written++;
    }
  }

  /**
   * Writes what waits.
   *
   * @return packets, as they were added, that were written since the last call; acknowledgements
   *     that a later one stood for count too
   */
  public int flush() {
    flushFlows();
    int count = written;
    written = 0;
    return count;
  }
}
