package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Bytes sent to an echo and compared as they come back: data both ways at once by TCP. */
public final class RoundTrip {
  private static final int CHUNK = 32 * 1024;
  private static final int TIMEOUT_MILLIS = 20_000;

  private RoundTrip() {}

  /**
   * Sends random bytes from a namespace to an echo.
   *
   * @return seconds that it took
   * @throws IllegalStateException when the echo can't be reached or other bytes come back
   */
  public static double run(Namespace from, InetSocketAddress echo, int bytes) {
    byte[] sent = new byte[bytes];
    new SplittableRandom(bytes).nextBytes(sent);
    return from.call(
        () -> {
          long start = System.nanoTime();
          try (Socket socket = new Socket()) {
            socket.connect(echo, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            Thread writer =
                Thread.ofPlatform().daemon().name("round-trip").start(() -> write(socket, sent));
            byte[] back = readAll(socket.getInputStream(), bytes);
            writer.join();
            if (!Arrays.equals(sent, back)) {
              throw new IOException("other bytes came back from " + echo);
            }
          }
          return (System.nanoTime() - start) / 1e9;
        });
  }

  private static void write(Socket socket, byte[] bytes) {
    try {
      OutputStream out = socket.getOutputStream();
      for (int at = 0; at < bytes.length; at += CHUNK) {
        out.write(bytes, at, Math.min(CHUNK, bytes.length - at));
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      // The reader sees it too, and reports it.
    }
  }

  private static byte[] readAll(InputStream in, int bytes) throws IOException {
    byte[] back = in.readNBytes(bytes);
    if (back.length != bytes) {
      throw new IOException("only " + back.length + " of " + bytes + " bytes came back");
    }
    return back;
  }
}
