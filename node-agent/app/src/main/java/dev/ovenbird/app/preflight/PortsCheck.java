package dev.ovenbird.app.preflight;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.Listener;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.server.route.Cidr;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Whether the listeners' ports are this process's own, or free; by /proc/net, binding nothing. */
final class PortsCheck {
  private static final Findings FINDINGS = new Findings("PortsFree");
  private static final String LISTENING = "0A";

  private final Path proc;

  PortsCheck(Path proc) {
    this.proc = proc;
  }

  /** A socket as /proc/net shows it. */
  private record Socket(byte[] address, int port, String state, String inode) {
    /** Whether both can't be there at the same time. */
    boolean isInTheWayOf(Listener listener) {
      if (port != listener.port()) {
        return false;
      }
      List<String> wanted = listener.addresses().isEmpty() ? List.of("::") : listener.addresses();
      return isWildcard(address)
          || wanted.stream()
              .map(text -> Cidr.parse(text).address())
              .anyMatch(own -> isWildcard(own) || java.util.Arrays.equals(own, address));
    }

    private static boolean isWildcard(byte[] address) {
      for (byte part : address) {
        if (part != 0) {
          return false;
        }
      }
      return true;
    }
  }

  Finding run(InstanceConfig config) {
    List<String> taken = new ArrayList<>();
    for (Listener listener : config.listeners()) {
      for (Socket socket : sockets(listener.protocol())) {
        if (socket.isInTheWayOf(listener) && !isOwn(socket.inode())) {
          taken.add(listener.protocol() + " port " + listener.port() + holder(socket.inode()));
          break;
        }
      }
    }
    if (!taken.isEmpty()) {
      return FINDINGS.bad(
          "PortTaken",
          String.join(", ", taken)
              + ": stop that program, or change spec.listeners ('ss -lnup' and 'ss -lntp' on the"
              + " node show who listens)");
    }
    return FINDINGS.good("nobody else has the ports of the listeners");
  }

  private List<Socket> sockets(Protocol protocol) {
    String name = protocol == Protocol.UDP ? "udp" : "tcp";
    List<Socket> sockets = new ArrayList<>();
    for (String file : List.of(name, name + "6")) {
      for (String line : NodeFiles.lines(proc.resolve("net").resolve(file))) {
        String[] words = line.strip().split("\\s+");
        int colon = words.length > 9 ? words[1].indexOf(':') : -1;
        if (colon > 0 && (protocol == Protocol.UDP || words[3].equals(LISTENING))) {
          sockets.add(
              new Socket(
                  address(words[1].substring(0, colon)),
                  Integer.parseInt(words[1].substring(colon + 1), 16),
                  words[3],
                  words[9]));
        }
      }
    }
    return sockets;
  }

  /** Four bytes each in the machine's order. */
  private static byte[] address(String hex) {
    ByteBuffer machine =
        ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer network = ByteBuffer.allocate(machine.capacity());
    while (machine.remaining() >= 4) {
      network.putInt(machine.getInt());
    }
    return network.array();
  }

  private boolean isOwn(String inode) {
    return holds(proc.resolve("self"), inode);
  }

  private String holder(String inode) {
    try (Stream<Path> processes = Files.list(proc)) {
      return processes
          .filter(process -> process.getFileName().toString().matches("[0-9]+"))
          .filter(process -> holds(process, inode))
          .findFirst()
          .map(
              process ->
                  " is held by "
                      + NodeFiles.line(process.resolve("comm"))
                      + " (process "
                      + process.getFileName()
                      + ")")
          .orElse(" is held by another program of the node");
    } catch (IOException e) {
      return " is held by another program of the node";
    }
  }

  private static boolean holds(Path process, String inode) {
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      return descriptors.anyMatch(
          descriptor -> target(descriptor).equals("socket:[" + inode + "]"));
    } catch (IOException e) {
      // Another user's, or it has ended.
      return false;
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
