package dev.ovenbird.app;

import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.linux.process.ProcessDumps;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.server.crypto.AeadChoice;
import io.netty.channel.epoll.Epoll;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * What a start takes long for and no file decides: done beside the reading of the files. Linking
 * native functions takes a third of a start's time.
 */
final class StartAhead {
  private static final Executor THREAD =
      task -> Thread.ofPlatform().name("start-ahead").daemon().start(task);

  private final CompletableFuture<FdStore> fdStore =
      CompletableFuture.supplyAsync(
          () -> {
            ProcessDumps.disable();
            return FdStore.of(System.getenv());
          },
          THREAD);

  private final CompletableFuture<AeadProvider> aead =
      fdStore.thenApplyAsync(_ -> AeadChoice.best(), THREAD);

  private StartAhead() {}

  static StartAhead begin() {
    StartAhead made = new StartAhead();
    // Unpacks and loads a library; what goes wrong is said by who uses it.
    made.fdStore.thenRunAsync(Epoll::isAvailable, THREAD);
    return made;
  }

  /** Returns when the kernel writes no core file of this process any more. */
  void awaitNoDumps() {
    fdStore();
  }

  /** What the supervisor keeps. */
  FdStore fdStore() {
    return join(fdStore);
  }

  /** The fastest ciphers that are right on this machine. */
  AeadProvider aead() {
    return join(aead);
  }

  private static <T> T join(CompletableFuture<T> ahead) {
    try {
      return ahead.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
