package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** Numbered UDP texts, for a sink to count. */
public final class Texts {
  private static final int PATIENCE_MILLIS = 20;

  private Texts() {}

  /**
   * Sends {@code "prefix 0"}, {@code "prefix 1"} and so on, each after the answer to the one before
   * or a short time.
   *
   * @return how many were answered
   */
  public static int send(Namespace from, InetSocketAddress sink, String prefix, int count) {
    return from.call(
        () -> {
          int answered = 0;
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] buffer = new byte[2048];
            for (int i = 0; i < count; i++) {
              byte[] text = (prefix + " " + i).getBytes(StandardCharsets.UTF_8);
              socket.send(new DatagramPacket(text, text.length, sink));
              try {
                socket.receive(new DatagramPacket(buffer, buffer.length));
                answered++;
              } catch (SocketTimeoutException e) {
                // Lost, on the way there or back.
              }
            }
          }
          return answered;
        });
  }
}
