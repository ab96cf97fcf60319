package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts renegotiations on the wire, where a client's log says nothing of them: each has a key id
 * of its own in its soft resets, and the next begins only when the one before has succeeded.
 */
public final class SoftResets implements AutoCloseable {
  /** Over IPv4, the line of a hex dump that holds the first byte of the UDP payload. */
  private static final Pattern SECOND_LINE =
      Pattern.compile("0x0010: +(?:[0-9a-f]{4} ){6}([0-9a-f]{2})");

  private final LoggedProcess tcpdump;

  private SoftResets(LoggedProcess tcpdump) {
    this.tcpdump = tcpdump;
  }

  /** Watches what a server sends from a UDP port to a client's eth0 over IPv4. */
  public static SoftResets watch(Scope scope, Namespace client, int serverPort) {
    LoggedProcess tcpdump =
        client.start(
            "tcpdump",
            Map.of(),
            "tcpdump",
            "-i",
            "eth0",
            "-n",
            "-l",
            "-x",
            "--immediate-mode",
            "ip and inbound and udp src port " + serverPort + " and (udp[8] & 0xf8) = 0x18");
    tcpdump.await("listening on", Duration.ofSeconds(10));
    return scope.add(new SoftResets(tcpdump));
  }

  /** Renegotiations begun so far; retransmitted resets count once. */
  public int count() {
    int count = 0;
    int last = -1;
    for (String line : tcpdump.lines()) {
      Matcher matcher = SECOND_LINE.matcher(line);
      if (matcher.find()) {
        int keyId = Integer.parseInt(matcher.group(1), 16) & 7;
        count += keyId == last ? 0 : 1;
        last = keyId;
      }
    }
    return count;
  }

  @Override
  public void close() {
    tcpdump.close();
  }
}
