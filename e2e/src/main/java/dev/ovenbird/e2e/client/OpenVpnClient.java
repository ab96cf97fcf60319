package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stock openvpn as a client in a namespace of its own. */
public final class OpenVpnClient implements TunnelClient {
  private static final String CONNECTED = "Initialization Sequence Completed";
  private static final Pattern ADDRESS = Pattern.compile(" (inet6?) ([0-9a-f.:]+)/\\d+ .*");

  private static final Pattern LINK_REMOTE =
      Pattern.compile("(UDP|TCP)\\S* link remote: \\[AF_INET6?\\]([0-9a-f.:]+):(\\d+)");

  private static final Pattern TLS = Pattern.compile("Control Channel: TLSv([0-9.]+),");
  private static final Pattern CIPHER = Pattern.compile("Data Channel: [Cc]ipher '([^']+)'");

  private final Namespace namespace;
  private final LoggedProcess process;

  private OpenVpnClient(Namespace namespace, LoggedProcess process) {
    this.namespace = namespace;
    this.process = process;
  }

  /** Starts {@code openvpn --config PROFILE} with what is to be added to the command line. */
  public static OpenVpnClient start(
      Scope scope, Namespace namespace, Path profile, String... arguments) {
    return start(scope, namespace, Path.of("openvpn"), profile, arguments);
  }

  /** The same with another binary. */
  public static OpenVpnClient start(
      Scope scope, Namespace namespace, Path binary, Path profile, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(binary.toString(), "--config", profile.toString()));
    command.addAll(List.of(arguments));
    return scope.add(
        new OpenVpnClient(
            namespace,
            namespace.start("openvpn client", Map.of(), command.toArray(String[]::new))));
  }

  public Namespace namespace() {
    return namespace;
  }

  public LoggedProcess log() {
    return process;
  }

  @Override
  public OpenVpnClient awaitConnected(Duration limit) {
    process.await(CONNECTED, limit);
    return this;
  }

  /** Waits for a connection that is logged after the mark. */
  public LoggedProcess.Line awaitConnectedAfter(int mark, Duration limit) {
    return process.await(CONNECTED, mark, limit);
  }

  /** How often it has connected so far: more than 1 is a reconnect. */
  public long connections() {
    return process.count(CONNECTED);
  }

  /** Its tunnel address of a family ("inet" or "inet6", not link-local), if its TUN is there. */
  public Optional<String> address(String family) {
    for (String line : namespace.ip("-o", "addr", "show", "scope", "global").lines().toList()) {
      Matcher matcher = ADDRESS.matcher(line.replaceAll("\\s+", " "));
      if (line.contains(" tun") && matcher.find() && matcher.group(1).equals(family)) {
        return Optional.of(matcher.group(2));
      }
    }
    return Optional.empty();
  }

  public String ipv4() {
    return address("inet").orElseThrow(() -> new AssertionError("no tunnel address\n" + tail()));
  }

  public String ipv6() {
    return address("inet6").orElseThrow(() -> new AssertionError("no tunnel address\n" + tail()));
  }

  /** Which lane it talks to, by the port that it logged last. */
  public int lane(int udpPort, int tcpPort) {
    int lane = -1;
    for (String line : process.lines()) {
      Matcher matcher = LINK_REMOTE.matcher(line);
      if (matcher.find()) {
        int port = Integer.parseInt(matcher.group(3));
        lane = port - (matcher.group(1).startsWith("UDP") ? udpPort : tcpPort);
      }
    }
    return lane;
  }

  /** The address that it talks to, as it logged last; empty if it has not tried any yet. */
  public String server() {
    String server = "";
    for (String line : process.lines()) {
      Matcher matcher = LINK_REMOTE.matcher(line);
      if (matcher.find()) {
        server = matcher.group(2);
      }
    }
    return server;
  }

  @Override
  public boolean reaches(String address) {
    return Ping.answers(namespace, address);
  }

  @Override
  public Optional<String> tlsVersion() {
    return logged(TLS);
  }

  @Override
  public Optional<String> cipher() {
    return logged(CIPHER);
  }

  private Optional<String> logged(Pattern pattern) {
    return process.lines().stream()
        .map(pattern::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1))
        .reduce((first, last) -> last);
  }

  @Override
  public String tail() {
    return process.tail(60);
  }

  /** Ends it as a person would (SIGTERM); it says goodbye to the server if told to. */
  @Override
  public void close() {
    process.close();
  }

  @Override
  public String toString() {
    return "openvpn client in " + namespace;
  }
}
