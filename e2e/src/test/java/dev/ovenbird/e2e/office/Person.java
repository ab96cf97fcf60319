package dev.ovenbird.e2e.office;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.Node;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Somebody with a stock client, whose tunnel carries ten pings a second to a pod. */
final class Person {
  private static final Duration CONNECT = Duration.ofSeconds(90);
  private static final Duration EVERY = Duration.ofMillis(100);

  private final Scope scope;
  private final String name;
  private final OpenVpnClient client;
  private final String target;
  private @Nullable Ping ping;
  private String address = "";
  private int mark;
  private long connections;

  /**
   * What somebody saw.
   *
   * @param gap seconds without an answer, at most
   * @param reconnects how often the client connected anew
   */
  record Seen(double gap, long reconnects) {}

  private Person(Scope scope, String name, OpenVpnClient client, String target) {
    this.scope = scope;
    this.name = name;
    this.client = client;
    this.target = target;
  }

  static Person start(Scope scope, String name, Namespace at, Path profile, String target) {
    return new Person(scope, name, OpenVpnClient.start(scope, at, profile), target);
  }

  /** Returns when pings are answered; from here on they are counted. */
  void awaitAtWork() {
    client.awaitConnected(CONNECT);
    awaitAnswers();
    address = client.ipv4();
    mark = client.log().mark();
    connections = client.connections();
    ping = scope.add(Ping.start(client.namespace(), target, EVERY));
  }

  void awaitAnswers() {
    Await.until(
        this + " reaches " + target,
        CONNECT,
        () -> Ping.answers(client.namespace(), target),
        Boolean::booleanValue);
  }

  /** Waits for a connection after {@link #awaitAtWork} and for answers through it. */
  void awaitBack() {
    client.awaitConnectedAfter(mark, CONNECT);
    awaitAnswers();
  }

  /**
   * Waits for an answer that comes from now on, and returns when it came ({@link System#nanoTime}).
   */
  long awaitNextAnswer() {
    return Objects.requireNonNull(ping, "not at work yet").awaitNextAnswer(CONNECT);
  }

  /** Waits for a line of the client's log after {@link #awaitAtWork}. */
  LoggedProcess.Line await(String text, Duration limit) {
    return client.log().await(text, mark, limit);
  }

  /** Ends the pings and the client. */
  Seen leave() {
    Ping.Result result = Objects.requireNonNull(ping, "not at work yet").stop();
    Seen seen = new Seen(result.longestGap(), client.connections() - connections);
    client.close();
    return seen;
  }

  String name() {
    return name;
  }

  /** Whether that is where the client is connected to: mostly, but not always, its first remote. */
  boolean isOn(Host other) {
    return client.server().equals(other.address());
  }

  /** The container that this person is connected to. */
  Container container(Node node) {
    return new Container(node, Office.PORT + client.lane(Office.PORT, 0));
  }

  /** The tunnel address at first, and now. */
  boolean keptAddress() {
    return address.equals(client.ipv4());
  }

  @Override
  public String toString() {
    return name + " (" + client.server() + ")";
  }
}
