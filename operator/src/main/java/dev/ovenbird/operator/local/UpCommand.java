package dev.ovenbird.operator.local;

import dev.ovenbird.operator.local.ClusterFiles.Applied;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ovenbird up}. */
@Command(
    name = "up",
    description = "Runs the cluster that FILE describes on this machine, in the foreground.",
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A VpnCluster and its VpnClients (default: examples/quickstart.yaml).")
  @Nullable Path file;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where state and profiles are kept (default: .ovenbird/clusters/NAME).")
  @Nullable Path dir;

  @Override
  public Integer call() throws LocalException, InvalidInputException {
    Path source = file == null ? defaultFile() : file;
    String text = read(source);
    ResolvedCluster cluster = ResourceFile.parse(source.toString(), text);
    Preflight.check();
    AgentCommand command = AgentCommand.fromEnvironment();
    Path folderPath = dir == null ? defaultFolder(cluster.name()) : dir;
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger status = new AtomicInteger(1);
    boolean isNew = !Files.exists(folderPath);
    try (StateFolder folder = StateFolder.open(folderPath)) {
      retireLeftovers(folder);
      ClusterFiles files =
          new ClusterFiles(
              folder, List.of(NodeAddresses.node()), new SecureRandom(), Clock.systemUTC());
      Applied applied = first(files, source, text, folder, isNew);
      if (!command.isSupervised()) {
        Main.say(
            "No supervisor, as there was no C compiler: connections don't outlive an instance that"
                + " dies. Install gcc and libc6-dev, run node-agent/supervisor/build, and start again.");
      }
      LocalCluster local = new LocalCluster(source, folder, files, applied, command, Main::say);
      Thread signalled = new Thread(() -> stopOnSignal(local, done, status), "signal");
      Runtime.getRuntime().addShutdownHook(signalled);
      HostForwarding forwarding =
          new HostForwarding(
              Path.of("/proc/sys"),
              Path.of("/sys/class/net"),
              folder.root().resolve("host-forwarding.json"),
              Main::say);
      try {
        forwarding.enable(cluster.networks().ipv6() != null);
        local.run(text);
      } finally {
        forwarding.restore();
      }
      Main.say("Stopped. Keys, addresses and profiles stay in " + folderPath + ".");
      status.set(0);
    } finally {
      done.countDown();
    }
    return status.get();
  }

  /** A new cluster that cannot be written whole is not left half-made. */
  private static Applied first(
      ClusterFiles files, Path source, String text, StateFolder folder, boolean isNew)
      throws LocalException, InvalidInputException {
    try {
      return files.apply(source.toString(), text);
    } catch (LocalException e) {
      if (isNew) {
        folder.deleteAll();
      }
      throw e;
    }
  }

  /** Agents of a predecessor that was killed still hold the ports and devices. */
  private static void retireLeftovers(StateFolder folder) throws LocalException {
    for (int lane : folder.lanes()) {
      if (AgentProcess.retire(folder.instanceSocket(lane))) {
        Main.say("Lane " + lane + ": an earlier process was still running; it is gone now.");
      }
    }
  }

  /** Ctrl-C is how this command ends well: its status is 0 if all could be taken away. */
  private static void stopOnSignal(LocalCluster local, CountDownLatch done, AtomicInteger status) {
    boolean ended = done.getCount() == 0;
    if (ended) {
      return;
    }
    Main.say("Stopping…");
    local.stop();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Main.flush();
    Runtime.getRuntime().halt(status.get());
  }

  static String read(Path source) throws LocalException {
    try {
      return Files.readString(source);
    } catch (MalformedInputException e) {
      throw new LocalException(source + ": is no UTF-8 text; give a YAML file", e);
    } catch (IOException e) {
      throw LocalException.of(source, e);
    }
  }

  private static Path defaultFile() {
    String home = System.getenv().getOrDefault("OVENBIRD_HOME", "");
    return Path.of(home).resolve("examples/quickstart.yaml");
  }

  private static Path defaultFolder(String cluster) {
    return Path.of(".ovenbird", "clusters", cluster);
  }
}
