package dev.ovenbird.server.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a tmpfs of a small size, in a mount namespace that goes with its thread; needs root. */
class SessionFileTest {
  private static final int CLONE_NEWNS = 0x20000;
  private static final int SESSIONS = 10;

  /** The kernel's list of mounts is the process's, where the thread's tmpfs is not in it. */
  private static final StoreChecks ANYWHERE =
      new StoreChecks(true, true, StoreChecks.STRICT.swaps(), StoreChecks.STRICT.bootId());

  private static final MethodHandle UNSHARE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("unshare"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  @TempDir private Path folder = Path.of("");

  @Test
  void a_tmpfs_without_room_is_refused_at_the_start_and_given_back() throws Throwable {
    onTmpfs(
        "64k",
        () -> {
          try (Arena arena = Arena.ofShared()) {
            Path file = folder.resolve("sessions");
            assertThat(SessionFile.open(file, ANYWHERE, "test", SESSIONS, arena)).isNull();
            assertThat(file).doesNotExist();
            Files.write(folder.resolve("room"), new byte[50_000]);
          }
        });
  }

  @Test
  void a_tmpfs_that_others_fill_later_does_no_harm() throws Throwable {
    onTmpfs(
        "1m",
        () -> {
          Path file = folder.resolve("sessions");
          try (Arena arena = Arena.ofShared()) {
            SessionFile first =
                requireNonNull(SessionFile.open(file, ANYWHERE, "test", SESSIONS, arena));
            fillUp();
            writeEverywhere(file);
            first.leave();
          }
          try (Arena arena = Arena.ofShared()) {
            // Nor does it take more room to go on with the file.
            SessionFile next =
                requireNonNull(SessionFile.open(file, ANYWHERE, "test", SESSIONS, arena));
            next.close();
          }
          assertThat(file).doesNotExist();
        });
  }

  private void fillUp() {
    try (FileChannel filler =
        FileChannel.open(
            folder.resolve("filler"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (true) {
        filler.write(ByteBuffer.allocate(4096));
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  /** Behind the header, as the sessions' records are written; a page that is missing kills us. */
  private static void writeEverywhere(Path file) throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      long header = 2 * 4096;
      channel.map(MapMode.READ_WRITE, header, channel.size() - header, arena).fill((byte) 0x55);
    }
  }

  private void onTmpfs(String size, ThrowingCallable work) throws Throwable {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    assertThat((int) UNSHARE.invokeExact(CLONE_NEWNS)).as("needs root").isZero();
                    mount("--make-rprivate", "/");
                    mount("-t", "tmpfs", "-o", "mode=700,size=" + size, "tmpfs", folder.toString());
                    work.call();
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                });
    thread.join();
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  private static void mount(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = "mount";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
