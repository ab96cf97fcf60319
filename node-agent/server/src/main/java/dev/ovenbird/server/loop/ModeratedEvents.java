package dev.ovenbird.server.loop;

import dev.ovenbird.linux.process.ShortPause;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import java.lang.foreign.Arena;

/**
 * Netty's epoll with a pause before each wait, as {@link ReceiveModeration} has it. Timers and
 * tasks of other threads wait for the end of a pause too.
 */
public final class ModeratedEvents implements IoHandler {
  private final IoHandler events;
  private final ReceiveModeration moderation;
  private final Runnable onPause;
  private final ShortPause pause;

  private ModeratedEvents(
      IoHandler events, ReceiveModeration moderation, Runnable onPause, Arena arena) {
    this.events = events;
    this.moderation = moderation;
    this.onPause = onPause;
    this.pause = new ShortPause(arena);
  }

  /**
   * For one event loop.
   *
   * @param onPause run on the loop after each pause
   * @param arena outlives the loop
   */
  public static IoHandlerFactory factory(
      IoHandlerFactory events, ReceiveModeration moderation, Runnable onPause, Arena arena) {
    return executor -> new ModeratedEvents(events.newHandler(executor), moderation, onPause, arena);
  }

  @Override
  public int run(IoHandlerContext context) {
    long now = System.nanoTime();
    long nanos = moderation.pauseNanos(now);
    if (nanos > 0 && context.canBlock() && context.delayNanos(now) > nanos) {
      pause.sleep(nanos);
      onPause.run();
      now = System.nanoTime();
    }
    moderation.roundBegins(now);
    return events.run(context);
  }

  @Override
  public void initialize() {
    events.initialize();
  }

  @Override
  public void prepareToDestroy() {
    events.prepareToDestroy();
  }

  @Override
  public void destroy() {
    events.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return events.register(handle);
  }

  @Override
  public void wakeup() {
    events.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return events.isCompatible(handleType);
  }
}
