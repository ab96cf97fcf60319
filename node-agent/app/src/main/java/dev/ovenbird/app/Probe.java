package dev.ovenbird.app;

import java.io.IOException;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * {@code java … dev.ovenbird.app.Probe SOCKET [REQUEST]}: asks an agent's control socket and prints
 * the answer. Exit status 0 if it is ready (or did what was requested, or with {@code live} answers
 * at all), else 1. An exec probe.
 */
public final class Probe {
  /** Seconds until an agent that says nothing counts as dead. */
  static final int TIMEOUT_SECONDS = 10;

  private static final int MAX_ANSWER = 64 << 20;

  private Probe() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments, System.out, System.err));
  }

  static int run(String[] arguments, PrintStream out, PrintStream err) {
    if (arguments.length < 1 || arguments.length > 2) {
      err.println("usage: Probe SOCKET [status|live|drain|serve|stop|retire]");
      return ExitStatus.CONFIG;
    }
    String request = arguments.length == 2 ? arguments[1] : "status";
    try {
      boolean live = request.equals("live");
      String answer = ask(Path.of(arguments[0]), live ? "status" : request);
      out.println(answer);
      boolean good =
          answer.equals("ok") || answer.startsWith(live ? "{\"ready\":" : "{\"ready\":true");
      return good ? 0 : 1;
    } catch (IOException e) {
      err.println("ovenbird agent at " + arguments[0] + ": " + e.getMessage());
      return 1;
    }
  }

  /**
   * Sends one request and returns the line that answers it.
   *
   * @throws IOException if nobody answers within {@value #TIMEOUT_SECONDS} s
   */
  public static String ask(Path socket, String request) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        Selector selector = Selector.open()) {
      channel.write(StandardCharsets.UTF_8.encode(request + "\n"));
      channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
      ByteBuffer in = ByteBuffer.allocate(4096);
      while (in.position() == 0 || in.get(in.position() - 1) != '\n') {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0 || selector.select(left) == 0) {
          throw new IOException("no answer within " + TIMEOUT_SECONDS + " s");
        }
        selector.selectedKeys().clear();
        if (!in.hasRemaining()) {
          if (in.capacity() >= MAX_ANSWER) {
            throw new IOException("the answer has no end");
          }
          in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
        }
        if (channel.read(in) < 0) {
          throw new IOException("closed without an answer");
        }
      }
      return StandardCharsets.UTF_8.decode(in.flip()).toString().strip();
    }
  }
}
