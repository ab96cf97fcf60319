package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * OpenVPN packets between one client and a server's port, over UDP or TCP, IPv4 or IPv6, as tcpdump
 * has seen them on the client's link.
 */
public final class Capture implements AutoCloseable {
  private static final int SOFT_RESET = 3;

  private final LoggedProcess tcpdump;
  private final Path file;
  private final int serverPort;

  /** One packet from its opcode on. */
  public record Packet(boolean fromClient, byte[] bytes) {
    private static final long DAY_SECONDS = 86_400;

    public int opcode() {
      return (bytes[0] & 0xff) >> 3;
    }

    public int keyId() {
      return bytes[0] & 7;
    }

    /** Four bytes as a number; 0 where the packet is shorter. */
    public int number(int at) {
      return bytes.length < at + 4 ? 0 : ByteBuffer.wrap(bytes).getInt(at);
    }

    public long sessionId() {
      return bytes.length < 9 ? 0 : ByteBuffer.wrap(bytes).getLong(1);
    }

    /** Whether four bytes are a time of today. */
    public boolean isTime(int at) {
      return Math.abs(number(at) - System.currentTimeMillis() / 1000) < DAY_SECONDS;
    }
  }

  private Capture(LoggedProcess tcpdump, Path file, int serverPort) {
    this.tcpdump = tcpdump;
    this.file = file;
    this.serverPort = serverPort;
  }

  /** Captures from now on what passes a client's eth0 from and to a port of the server. */
  public static Capture start(Scope scope, Namespace client, Path file, int serverPort) {
    return start(scope, client, file, serverPort, "port " + serverPort);
  }

  /** Only its soft resets over UDP and IPv4, where too much else passes. */
  public static Capture ofSoftResets(Scope scope, Namespace client, Path file, int serverPort) {
    return start(
        scope, client, file, serverPort, "udp port " + serverPort + " and (udp[8] & 0xf8) = 0x18");
  }

  private static Capture start(
      Scope scope, Namespace client, Path file, int serverPort, String filter) {
    LoggedProcess tcpdump =
        client.start(
            "tcpdump",
            Map.of(),
            "tcpdump",
            "-i",
            "eth0",
            "-n",
            "-U",
            "--immediate-mode",
            // With a buffer of 2 MB and 256 KB for each packet, eight packets at most could wait.
            "--snapshot-length",
            "65535",
            "--buffer-size",
            "65536",
            "-w",
            file.toString(),
            filter);
    Capture capture = scope.add(new Capture(tcpdump, file, serverPort));
    tcpdump.await("listening on", Duration.ofSeconds(10));
    return capture;
  }

  /** What has been captured so far, in order. */
  public List<Packet> packets() {
    List<Packet> packets = new ArrayList<>();
    forEach(packets::add);
    return packets;
  }

  /** The same one by one, for captures that don't fit into memory. */
  public void forEach(Consumer<Packet> consumer) {
    Frames.read(file, serverPort, consumer);
  }

  /**
   * Renegotiations that the server has begun: each has a key id of its own, and the next begins
   * only when the one before is over. What is sent again counts once.
   */
  public int renegotiations() {
    int count = 0;
    int last = 0;
    for (Packet packet : packets()) {
      if (packet.opcode() == SOFT_RESET && !packet.fromClient() && packet.keyId() != last) {
        count++;
        last = packet.keyId();
      }
    }
    return count;
  }

  /** Ends it; what was captured stays. */
  @Override
  public void close() {
    tcpdump.close();
  }
}
