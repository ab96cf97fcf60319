package dev.ovenbird.e2e.gateway;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A DNS server on port 53, UDP and TCP, that answers every name with one address; names beginning
 * with "big" with a hundred, which no UDP answer holds.
 */
final class NameServer implements AutoCloseable {
  private static final int BIG_RECORDS = 100;

  private final byte[] address;
  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private volatile boolean silent;

  private NameServer(byte[] address, DatagramSocket udp, ServerSocket tcp) {
    this.address = address;
    this.udp = udp;
    this.tcp = tcp;
  }

  static NameServer start(Scope scope, Namespace where, String listen, String answer) {
    NameServer server =
        where.call(
            () ->
                new NameServer(
                    InetAddress.getByName(answer).getAddress(),
                    new DatagramSocket(53, InetAddress.getByName(listen)),
                    new ServerSocket(53, 50, InetAddress.getByName(listen))));
    scope.add(server);
    Thread.ofPlatform().name("dns-udp").daemon().start(server::answerUdp);
    Thread.ofPlatform().name("dns-tcp").daemon().start(server::acceptTcp);
    return server;
  }

  /** Names asked for so far, in lower case, each followed by its transport. */
  Queue<String> asked() {
    return asked;
  }

  /** Whether it is as if it were not there. */
  void silence(boolean value) {
    silent = value;
  }

  private void answerUdp() {
    byte[] buffer = new byte[4096];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        byte[] query = java.util.Arrays.copyOf(buffer, packet.getLength());
        asked.add(name(query) + " udp");
        if (!silent) {
          byte[] answer = answer(query, true);
          udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void acceptTcp() {
    try {
      while (true) {
        Socket socket = tcp.accept();
        Thread.ofPlatform().name("dns-connection").daemon().start(() -> answerTcp(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void answerTcp(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      while (true) {
        byte[] query = in.readNBytes(in.readUnsignedShort());
        asked.add(name(query) + " tcp");
        byte[] answer = answer(query, false);
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
      }
    } catch (IOException e) {
      // The other side left.
    }
  }

  private byte[] answer(byte[] query, boolean udpAnswer) throws IOException {
    boolean big = name(query).startsWith("big");
    int end = questionEnd(query);
    int type = (query[end - 4] & 255) << 8 | (query[end - 3] & 255);
    boolean matches = type == (address.length == 4 ? 1 : 28);
    int records = (udpAnswer && big) || !matches ? 0 : big ? BIG_RECORDS : 1;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(query, 0, 2);
    out.writeShort(udpAnswer && big ? 0x8380 : 0x8180);
    out.writeShort(1);
    out.writeShort(records);
    out.writeInt(0);
    out.write(query, 12, end - 12);
    for (int i = 0; i < records; i++) {
      out.writeShort(0xc00c);
      out.writeShort(type);
      out.writeShort(1);
      out.writeInt(1);
      out.writeShort(address.length);
      out.write(address);
    }
    return bytes.toByteArray();
  }

  private static int questionEnd(byte[] query) {
    int at = 12;
    while (query[at] != 0) {
      at += 1 + query[at];
    }
    return at + 5;
  }

  private static String name(byte[] query) {
    StringBuilder name = new StringBuilder();
    for (int at = 12; query[at] != 0; at += 1 + query[at]) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(query, at + 1, query[at], java.nio.charset.StandardCharsets.US_ASCII));
    }
    return name.toString().toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
