package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.Fd;
import dev.ovenbird.linux.call.SocketCalls;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.UdpSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * What a supervisor runs in tests. Each argument but the first, a folder, is the life of one
 * process after another: words with a colon before their argument.
 */
final class StoreAgent {
  private final FdStore store = FdStore.of(System.getenv());
  private final int socket = Integer.parseInt(System.getenv("OVENBIRD_FD_STORE"));

  private StoreAgent() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    StoreAgent agent = new StoreAgent();
    if (FdStore.isSpare(System.getenv())) {
      say("spare " + ProcessHandle.current().pid());
      agent.store.awaitTurn();
      say("turn of " + ProcessHandle.current().pid());
    }
    Path lives = Path.of(arguments[0], "lives");
    Files.writeString(lives, "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    int life = (int) Files.size(lives);
    say("inherits " + System.getenv("OVENBIRD_FDS"));
    for (String word : arguments[life].split(" ")) {
      int colon = word.indexOf(':');
      agent.act(
          colon < 0 ? word : word.substring(0, colon), colon < 0 ? "" : word.substring(colon + 1));
    }
  }

  private void act(String verb, String argument) throws InterruptedException {
    switch (verb) {
      case "bind" -> {
        UdpSocket bound = bind();
        store.deposit(argument, bound.fd());
        say(argument + " is port " + bound.localPort());
      }
      case "take" -> {
        Fd fd = store.take(argument);
        say(argument + " is port " + (fd == null ? -1 : UdpSocket.of(fd).localPort()));
      }
      case "fill" -> {
        UdpSocket bound = bind();
        for (int i = 0; i < Integer.parseInt(argument); i++) {
          store.deposit("fill-" + i, bound.fd());
        }
      }
      case "remove" -> store.remove(argument);
      case "closeRest" -> store.closeRest();
      case "garbage" -> garbage(Integer.parseInt(argument));
      case "empty" -> empty(Integer.parseInt(argument));
      case "closeSocket" -> Fd.inherited(socket).close();
      case "kill" -> ProcessHandle.of(ProcessHandle.current().pid()).ifPresent(StoreAgent::kill);
      case "exit" -> Runtime.getRuntime().halt(Integer.parseInt(argument));
      case "wait" -> {
        say("waits");
        Thread.currentThread().join();
      }
      default -> throw new IllegalArgumentException(verb);
    }
  }

  private static UdpSocket bind() {
    return UdpSocket.bind(Family.V4, new byte[] {127, 0, 0, 1}, 0, UdpSocket.Options.DEFAULT);
  }

  private void garbage(int count) {
    SplittableRandom random = new SplittableRandom(count);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(256);
      for (int i = 0; i < count; i++) {
        for (int at = 0; at < 256; at++) {
          bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        if (i % 2 == 0) {
          bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) (i % 4 == 0 ? '+' : '-'));
        }
        SocketCalls.send(socket, bytes.address(), random.nextInt(256), 0);
      }
    }
  }

  /** Messages without a byte, each with a descriptor. */
  private void empty(int count) {
    try (Arena arena = Arena.ofConfined()) {
      // struct cmsghdr and msghdr of a 64-bit machine: SOL_SOCKET, SCM_RIGHTS, standard output.
      MemorySegment rights = arena.allocate(24, 8);
      rights.set(ValueLayout.JAVA_LONG, 0, 20);
      rights.set(ValueLayout.JAVA_INT, 8, SocketCalls.SOL_SOCKET);
      rights.set(ValueLayout.JAVA_INT, 12, 1);
      rights.set(ValueLayout.JAVA_INT, 16, 1);
      MemorySegment message = arena.allocate(56, 8);
      message.set(ValueLayout.JAVA_LONG, 32, rights.address());
      message.set(ValueLayout.JAVA_LONG, 40, rights.byteSize());
      for (int i = 0; i < count; i++) {
        SocketCalls.sendmsg(socket, message.address(), 0);
      }
    }
  }

  private static void kill(ProcessHandle self) {
    try {
      new ProcessBuilder("kill", "-KILL", Long.toString(self.pid())).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
