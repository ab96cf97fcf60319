package dev.ovenbird.e2e.demo;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.RoundTrip;
import dev.ovenbird.e2e.service.TcpEcho;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./ovenbird demo [--keep]}: a cluster of two instances and a stock openvpn client, each in
 * a network namespace of its own; the process that serves the client is killed and the client goes
 * on; its lane is stopped and the client comes back through the other. Exit status 0 only if all of
 * it worked.
 */
public final class Demo {
  private static final int BYTES = 16 << 20;
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration BACK = Duration.ofSeconds(30);

  private final Scope scope;
  private final Path dir;
  private final Steps steps = new Steps(System.out);

  private Demo(Scope scope, Path dir) {
    this.scope = scope;
    this.dir = dir;
  }

  public static void main(String[] arguments) {
    boolean keep = Set.of(arguments).contains("--keep");
    for (String argument : arguments) {
      if (!argument.equals("--keep")) {
        System.err.println("demo: unknown option '" + argument + "': ./ovenbird demo [--keep]");
        System.exit(2);
      }
    }
    boolean worked;
    try (Scope scope = new Scope()) {
      worked = new Demo(scope, TempFolder.create(scope, "ovenbird-demo")).run(keep);
    }
    System.exit(worked ? 0 : 1);
  }

  private boolean run(boolean keep) {
    boolean worked = true;
    @Nullable Stage stage = null;
    try {
      stage = play();
    } catch (Steps.StepFailedException e) {
      worked = false;
    }
    steps.printTable();
    System.out.println(
        worked ? "All of it worked." : "Not all of it worked: see the step that FAILED above.");
    if (keep) {
      waitForInterrupt(stage);
    }
    return worked;
  }

  /** What plays: kept for {@code --keep}. */
  private record Stage(Lab lab, LocalCluster cluster, OpenVpnClient client) {}

  private Stage play() throws Steps.StepFailedException {
    Held<Lab> lab = new Held<>();
    Held<LocalCluster> cluster = new Held<>();
    Held<OpenVpnClient> client = new Held<>();
    Held<TcpEcho> echo = new Held<>();
    steps.step(
        "network namespaces for client, server and service",
        () -> {
          lab.set(Lab.create(scope, 1));
          echo.set(TcpEcho.start(scope, lab.get().service(), Lab.SERVICE_IPV4, 7007));
          return "client "
              + Lab.clientIpv4(0)
              + ", server "
              + Lab.SERVER_IPV4
              + ", service "
              + Lab.SERVICE_IPV4;
        });
    steps.step(
        "a cluster of two instances (ovenbird up)",
        () -> {
          ClusterSpec spec = new ClusterSpec().client("alice");
          cluster.set(LocalCluster.start(scope, lab.get().server(), dir, spec));
          return cluster.get().instances().size() + " instances serve";
        });
    steps.step(
        "stock openvpn connects with alice.ovpn",
        () -> {
          client.set(
              OpenVpnClient.start(scope, lab.get().client(0), cluster.get().profileFile("alice")));
          client.get().awaitConnected(CONNECT);
          return client.get().ipv4()
              + " and "
              + client.get().ipv6()
              + " through lane "
              + client.get().lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
        });
    steps.step("ping through the tunnel, IPv4", () -> ping(lab.get(), Lab.SERVICE_IPV4));
    steps.step("ping through the tunnel, IPv6", () -> ping(lab.get(), Lab.SERVICE_IPV6));
    steps.step(
        (BYTES >> 20) + " MiB by TCP, both ways at once", () -> transfer(lab.get(), echo.get()));
    steps.step(
        "its instance is killed (kill -9); the client goes on",
        () -> kill(lab.get(), cluster.get(), client.get()));
    steps.step(
        "the client's lane is stopped; it comes back through the other",
        () -> failOver(lab.get(), cluster.get(), client.get()));
    steps.step("TCP again, through the other lane", () -> transfer(lab.get(), echo.get()));
    return new Stage(lab.get(), cluster.get(), client.get());
  }

  private static String ping(Lab lab, String target) {
    Ping.Result result = Ping.run(lab.client(0), target, 10, Duration.ofMillis(100));
    if (result.lost() > 0 || result.sent() == 0) {
      throw new IllegalStateException(
          target + ": " + result.lost() + " of " + result.sent() + " lost");
    }
    return String.format(
        Locale.ROOT, "%s: 0 of %d lost, median %.2f ms", target, result.sent(), result.median());
  }

  private static String transfer(Lab lab, TcpEcho echo) {
    double seconds = RoundTrip.run(lab.client(0), echo.address(), BYTES);
    return String.format(
        Locale.ROOT, "sent, came back, compared equal: %.0f Mbit/s", BYTES * 8e-6 / seconds);
  }

  private static String kill(Lab lab, LocalCluster cluster, OpenVpnClient client) {
    int lane = client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
    long victim = cluster.instance(lane).pid();
    Duration often = Duration.ofMillis(20);
    try (Ping pings = Ping.start(lab.client(0), Lab.SERVICE_IPV4, often).awaitAnswer(BACK)) {
      Command.run("kill", "-KILL", Long.toString(victim));
      Await.until(
          "the next process of lane " + lane,
          BACK,
          cluster::instances,
          found -> found.stream().anyMatch(it -> it.lane() == lane && it.pid() != victim));
      awaitAnswer(lab.client(0));
      ping(lab, Lab.SERVICE_IPV4);
      Ping.Result result = pings.stop();
      if (client.connections() != 1) {
        throw new IllegalStateException("the client connected anew");
      }
      return String.format(
          Locale.ROOT,
          "lane %d killed and back: longest silence %.0f ms, %d of %d pings lost, %d reconnects",
          lane,
          result.longestGap() * 1000,
          result.lost(),
          result.sent(),
          client.connections() - 1);
    }
  }

  private static void awaitAnswer(Namespace from) {
    Await.until(
        "an answer", BACK, () -> Ping.answers(from, Lab.SERVICE_IPV4), Boolean::booleanValue);
  }

  private static String failOver(Lab lab, LocalCluster cluster, OpenVpnClient client) {
    String ipv4 = client.ipv4();
    String ipv6 = client.ipv6();
    int lane = client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
    try (Ping pings = Ping.start(lab.client(0), Lab.SERVICE_IPV4, Duration.ofMillis(100))) {
      int mark = client.log().mark();
      long start = System.nanoTime();
      Command.Result stopped = cluster.command("stop", lane);
      if (stopped.status() != 0) {
        throw new IllegalStateException("instance stop " + lane + ": " + stopped.output());
      }
      long back = client.awaitConnectedAfter(mark, BACK).atNanos();
      ping(lab, Lab.SERVICE_IPV4);
      ping(lab, Lab.SERVICE_IPV6);
      Ping.Result result = pings.stop();
      int other = client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
      if (other == lane || !client.ipv4().equals(ipv4) || !client.ipv6().equals(ipv6)) {
        throw new IllegalStateException(
            "now lane " + other + " with " + client.ipv4() + " and " + client.ipv6());
      }
      return String.format(
          Locale.ROOT,
          "lane %d stopped, back through lane %d after %.1f s with %s; longest silence %.1f s",
          lane,
          other,
          (back - start) / 1e9,
          ipv4,
          result.longestGap());
    }
  }

  private static void waitForInterrupt(@Nullable Stage stage) {
    if (stage != null) {
      System.out.printf(
          Locale.ROOT,
          "%nLeft running (--keep). In another terminal, as root:%n"
              + "  ip netns exec %s ping %s%n"
              + "  ls %s%n"
              + "  ip netns exec %s ip route%n",
          stage.lab().client(0).name(),
          Lab.SERVICE_IPV4,
          stage.cluster().state(),
          stage.lab().server().name());
    }
    System.out.println("Ctrl-C takes it all away.");
    try {
      Thread.currentThread().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
