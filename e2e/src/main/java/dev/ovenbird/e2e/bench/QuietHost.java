package dev.ovenbird.e2e.bench;

import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ClientHost;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.SlowTask;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * What is around a client endpoint of a benchmark: slow work waits for its turn, the rest is mute.
 */
abstract class QuietHost implements ClientHost {
  private final Queue<SlowTask> tasks = new ArrayDeque<>();

  /** Does the slow work on this thread. */
  final void runTasks(ClientEndpoint endpoint) {
    for (SlowTask task; (task = tasks.poll()) != null; ) {
      task.run();
      endpoint.completed(task, System.nanoTime(), wallSeconds());
    }
  }

  static long wallSeconds() {
    return System.currentTimeMillis() / 1000;
  }

  @Override
  public final void submit(SlowTask task) {
    tasks.add(task);
  }

  @Override
  public void tunnelPacket(MemorySegment packet, long offset, int length) {}

  @Override
  public void connected(List<String> pushed) {}

  @Override
  public void renegotiated(int keyId) {}

  @Override
  public void optionsChanged(List<String> options) {}

  @Override
  public void closed(String reason) {}

  @Override
  public void dropped(DropReason reason) {}
}
