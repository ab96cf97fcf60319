package dev.ovenbird.server.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor of ours on netty's event loop, level-triggered. The descriptor's owner closes
 * it, after {@link #cancel}.
 */
public final class FdHandle implements EpollIoHandle {
  private static final EpollIoOps IN_AND_OUT = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLOUT);

  private final FileDescriptor descriptor;
  private final Runnable onReadable;
  private final Runnable onWritable;
  private @Nullable IoRegistration registration;
  private boolean writableWanted;

  /**
   * @param onReadable reads some; called again if it left something
   * @param onWritable called while {@link #wantWritable} is on
   */
  public FdHandle(int fd, Runnable onReadable, Runnable onWritable) {
    this.descriptor = new FileDescriptor(fd);
    this.onReadable = onReadable;
    this.onWritable = onWritable;
  }

  /** Begins to watch; call it outside the event loop. */
  public void register(IoEventLoop loop) {
    IoRegistration made = loop.register(this).syncUninterruptibly().getNow();
    loop.submit(
            () -> {
              registration = made;
              made.submit(EpollIoOps.EPOLLIN);
            })
        .syncUninterruptibly();
  }

  /** On the event loop: whether to say when the descriptor takes more. */
  public void wantWritable(boolean wanted) {
    IoRegistration current = registration;
    if (wanted != writableWanted && current != null && current.isValid()) {
      writableWanted = wanted;
      current.submit(wanted ? IN_AND_OUT : EpollIoOps.EPOLLIN);
    }
  }

  /** On the event loop: watches no longer. */
  public void cancel() {
    IoRegistration current = registration;
    registration = null;
    if (current != null && current.isValid()) {
      current.cancel();
    }
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    if (registration == null) {
      return;
    }
    EpollIoOps ops = ((EpollIoEvent) event).ops();
    if (writableWanted && ops.contains(EpollIoOps.EPOLLOUT)) {
      onWritable.run();
    }
    // Errors too are fetched by reading.
    if (!ops.equals(EpollIoOps.EPOLLOUT)) {
      onReadable.run();
    }
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void close() {
    registration = null;
  }
}
