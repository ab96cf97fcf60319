package dev.ovenbird.e2e.office;

import dev.ovenbird.e2e.kubernetes.node.Node;
import dev.ovenbird.e2e.process.Await;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An agent's container, told by the port that its supervisor holds on its node. */
record Container(Node node, int port) {
  private static final Pattern HOLDER = Pattern.compile("\\(\"supervisor\",pid=(\\d+),");
  private static final Duration RESTART = Duration.ofSeconds(60);
  private static final double TICKS_PER_SECOND = 100;

  /** Kills it with everything in it, and returns when the kubelet has started the next. */
  void killAndAwaitNext() {
    String before = supervisor();
    node.run("kill", "-KILL", before);
    Await.until(
        "next container at port " + port + " of " + node,
        RESTART,
        this::supervisor,
        now -> !now.isEmpty() && !now.equals(before));
  }

  /** When its first process began, as {@link System#nanoTime} counts; exact to 10 ms. */
  long startNanos() {
    String[] fields =
        node.run("sh", "-c", "cat /proc/" + supervisor() + "/stat /proc/uptime").split("[ \n]+");
    long now = System.nanoTime();
    // The 22nd of stat's 52 fields is the start in ticks since the boot.
    double age = Double.parseDouble(fields[52]) - Long.parseLong(fields[21]) / TICKS_PER_SECOND;
    return now - (long) (age * 1e9);
  }

  /** Its process id on the node; empty if nobody holds the port. */
  private String supervisor() {
    Matcher holder = HOLDER.matcher(node.run("ss", "-Hlunp", "sport = :" + port));
    return holder.find() ? holder.group(1) : "";
  }
}
