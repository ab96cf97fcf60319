package dev.ovenbird.e2e.gateway;

import dev.ovenbird.e2e.net.Namespace;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Asks one DNS server for the IPv4 address of a name, from inside a namespace. */
final class Resolver {
  private static final int ID = 4711;

  /** What came back: the response code, whether it was cut, how many answers, and the first. */
  record Answer(int code, boolean truncated, int records, String address) {}

  private Resolver() {}

  /** By UDP; empty if nothing came in time. */
  static Optional<Answer> udp(Namespace from, String server, String name, int patienceMillis) {
    return from.call(
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(server), 53));
            socket.setSoTimeout(patienceMillis);
            byte[] query = query(name);
            socket.send(new DatagramPacket(query, query.length));
            DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);
            return Optional.of(
                answer(java.util.Arrays.copyOf(packet.getData(), packet.getLength())));
          } catch (SocketTimeoutException | java.net.PortUnreachableException e) {
            return Optional.empty();
          }
        });
  }

  /** By TCP; empty if it can't be reached or nothing came in time. */
  static Optional<Answer> tcp(Namespace from, String server, String name, int patienceMillis) {
    return from.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(
                new InetSocketAddress(InetAddress.getByName(server), 53), patienceMillis);
            socket.setSoTimeout(patienceMillis);
            byte[] query = query(name);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            // In two pieces: the length alone first.
            out.writeShort(query.length);
            out.flush();
            out.write(query);
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return Optional.of(answer(in.readNBytes(in.readUnsignedShort())));
          } catch (IOException e) {
            return Optional.empty();
          }
        });
  }

  private static byte[] query(String name) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(ID);
    out.writeShort(0x0100);
    out.writeShort(1);
    out.writeInt(0);
    out.writeShort(0);
    for (String label : name.split("\\.")) {
      out.writeByte(label.length());
      out.write(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.writeByte(0);
    out.writeShort(1);
    out.writeShort(1);
    return bytes.toByteArray();
  }

  private static Answer answer(byte[] message) throws IOException {
    if ((((message[0] & 255) << 8 | (message[1] & 255))) != ID) {
      throw new AssertionError("the answer has another id");
    }
    int records = (message[6] & 255) << 8 | (message[7] & 255);
    String address =
        records == 0
            ? ""
            : InetAddress.getByAddress(
                    java.util.Arrays.copyOfRange(message, message.length - 4, message.length))
                .getHostAddress();
    return new Answer(message[3] & 15, (message[2] & 2) != 0, records, address);
  }
}
