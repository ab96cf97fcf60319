package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.Component;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A test cluster that stands until this process is ended: {@code ./ovenbird cluster up}. */
public final class StandingCluster {
  private StandingCluster() {}

  /**
   * {@code up NAME NODES STATE IMAGES} starts one, imports the archives of a folder, and puts into
   * the state's folder {@code pid}, {@code kubeconfig}, {@code folder} (where nodes' files are),
   * {@code logs} and, last, {@code ready}. {@code sweep} takes away what killed ones left.
   */
  public static void main(String[] arguments) throws InterruptedException, IOException {
    if (arguments[0].equals("sweep")) {
      TestCluster.sweep();
      return;
    }
    Path state = Path.of(arguments[3]);
    Files.writeString(state.resolve("pid"), ProcessHandle.current().pid() + "\n");
    TestCluster cluster = TestCluster.start(arguments[1], Integer.parseInt(arguments[2]));
    for (Path archive : archives(Path.of(arguments[4]))) {
      cluster.load(archive);
      System.out.println("Imported " + archive);
    }
    Files.copy(
        cluster.kubeconfig(), state.resolve("kubeconfig"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(state.resolve("folder"), cluster.folder() + "\n");
    Path logs = Files.createDirectories(state.resolve("logs"));
    Files.createFile(state.resolve("ready"));
    ControlPlane plane = cluster.plane();
    List<Component> components =
        List.of(plane.etcd(), plane.apiServer(), plane.controllerManager(), plane.scheduler());
    // The cluster's own shutdown hook takes it away.
    int[] written = new int[components.size()];
    while (!Thread.interrupted()) {
      for (int i = 0; i < written.length; i++) {
        Component component = components.get(i);
        List<String> lines = component.log().lines();
        Files.write(
            logs.resolve(component + ".log"),
            lines.subList(written[i], lines.size()),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
        written[i] = lines.size();
      }
      new CountDownLatch(1).await(2, TimeUnit.SECONDS);
    }
  }

  private static List<Path> archives(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(it -> it.toString().endsWith(".tar")).sorted().toList();
    }
  }
}
