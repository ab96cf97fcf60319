package dev.ovenbird.testkit;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ClientHost;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.SlowTask;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ClientEndpoint} driven step by step, beside a {@link BareServer}: what it sends waits in
 * {@link #out} and may be changed, repeated or left out before it is delivered.
 */
public final class BareClient implements ClientHost {
  public final ArrayDeque<byte[]> out = new ArrayDeque<>();
  public final ArrayDeque<SlowTask> tasks = new ArrayDeque<>();
  public final List<byte[]> tunnelPackets = new ArrayList<>();
  public @Nullable List<String> pushed;
  public @Nullable String closedReason;
  public int renegotiations;
  public LinkPath path;

  private final ClientEndpoint endpoint;

  public BareClient(ClientConfig config, LinkPath path, SecureRandom random) {
    this.path = path;
    this.endpoint =
        new ClientEndpoint(
            config,
            this,
            MemorySegment.ofArray(new byte[Math.toIntExact(ServerEndpoint.RECORD_BYTES)]),
            random);
  }

  public ClientEndpoint endpoint() {
    return endpoint;
  }

  public void start(BareServer server) {
    endpoint.start(server.bootNanos, server.wallSeconds);
  }

  /** A packet arrives; the array may be changed. */
  public void receive(byte[] packet, long bootNanos, long wallSeconds) {
    endpoint.received(MemorySegment.ofArray(packet), 0, packet.length, bootNanos, wallSeconds);
  }

  /** Runs all slow tasks, and those that follow from them. */
  public void runTasks(long bootNanos, long wallSeconds) {
    SlowTask task;
    while ((task = tasks.poll()) != null) {
      task.run();
      endpoint.completed(task, bootNanos, wallSeconds);
    }
  }

  /** Delivers everything both ways, tasks included, until nothing moves; returns itself. */
  public BareClient exchange(BareServer server) {
    boolean moved = true;
    while (moved) {
      runTasks(server.bootNanos, server.wallSeconds);
      server.runTasks();
      moved = false;
      byte[] packet;
      while ((packet = out.poll()) != null) {
        server.receive(path, packet);
        moved = true;
      }
      server.runTasks();
      List<byte[]> mine = new ArrayList<>();
      for (Iterator<BareServer.Sent> all = server.sent.iterator(); all.hasNext(); ) {
        BareServer.Sent each = all.next();
        if (each.to().equals(path)) {
          mine.add(each.packet());
          all.remove();
        }
      }
      for (byte[] each : mine) {
        receive(each, server.bootNanos, server.wallSeconds);
        moved = true;
      }
    }
    return this;
  }

  /** A data packet with this payload; empty while there is no key. */
  public byte[] sealed(byte[] payload, long bootNanos) {
    byte[] packet = new byte[payload.length + 64];
    int length =
        endpoint.seal(
            MemorySegment.ofArray(payload),
            0,
            payload.length,
            MemorySegment.ofArray(packet),
            0,
            bootNanos);
    return java.util.Arrays.copyOf(packet, length);
  }

  @Override
  public void transmit(MemorySegment packet, long offset, int length) {
    out.add(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void submit(SlowTask task) {
    tasks.add(task);
  }

  @Override
  public void tunnelPacket(MemorySegment packet, long offset, int length) {
    tunnelPackets.add(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void connected(List<String> options) {
    pushed = options;
  }

  @Override
  public void optionsChanged(List<String> options) {
    pushed = options;
  }

  @Override
  public void renegotiated(int keyId) {
    renegotiations++;
  }

  @Override
  public void closed(String reason) {
    closedReason = reason;
  }

  @Override
  public void dropped(DropReason reason) {
    // What a server may not say is asserted by what does not happen.
  }
}
