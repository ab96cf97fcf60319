package dev.ovenbird.e2e.service;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A UDP server that counts how often each text reached it, and answers with the same text. */
public final class UdpSink implements AutoCloseable {
  private final DatagramSocket socket;
  private final Map<String, Integer> seen = new ConcurrentHashMap<>();

  private UdpSink(DatagramSocket socket) {
    this.socket = socket;
  }

  public static UdpSink start(Scope scope, Namespace where, String address, int port) {
    UdpSink sink =
        where.call(() -> new UdpSink(new DatagramSocket(port, InetAddress.getByName(address))));
    scope.add(sink);
    Thread.ofPlatform().name("udp-sink").daemon().start(sink::receive);
    return sink;
  }

  private void receive() {
    byte[] buffer = new byte[65_535];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        String text =
            new String(buffer, packet.getOffset(), packet.getLength(), StandardCharsets.UTF_8);
        seen.merge(text, 1, Integer::sum);
        socket.send(packet);
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** How often each text came. */
  public Map<String, Integer> seen() {
    return Map.copyOf(seen);
  }

  @Override
  public void close() {
    socket.close();
  }
}
