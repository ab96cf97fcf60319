package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ovenbird instance stop|start LANE}. */
@Command(
    name = "instance",
    description = "Stops an instance of a running cluster for good, or starts it again.",
    mixinStandardHelpOptions = true)
final class InstanceCommand implements Callable<Integer> {
  enum Verb {
    stop,
    start
  }

  @Parameters(index = "0", paramLabel = "stop|start")
  Verb verb = Verb.stop;

  @Parameters(index = "1", paramLabel = "LANE")
  int lane;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The cluster's folder (default: the one below .ovenbird/clusters).")
  @Nullable Path dir;

  @Override
  public Integer call() throws LocalException {
    Path folder = dir == null ? onlyFolder() : dir;
    Path socket = StateFolder.controlSocket(folder);
    String answer;
    try {
      answer = UnixSocketClient.ask(socket, verb + " " + lane);
    } catch (AccessDeniedException e) {
      throw new LocalException(folder + ": permission denied; use sudo", e);
    } catch (IOException | UnsupportedOperationException e) {
      throw new LocalException(
          folder + ": no cluster runs there; start it by: ovenbird up --dir " + folder, e);
    }
    if (!answer.startsWith("ok: ")) {
      throw new LocalException(answer.replaceFirst("^error: ", ""));
    }
    Main.say(answer.substring("ok: ".length()));
    return 0;
  }

  private static Path onlyFolder() throws LocalException {
    Path clusters = Path.of(".ovenbird", "clusters");
    if (!Files.isDirectory(clusters)) {
      throw new LocalException("no cluster in " + clusters + "; name its folder by --dir");
    }
    List<String> names = StateFolder.names(clusters, "");
    if (names.size() != 1) {
      throw new LocalException(
          "there are " + names.size() + " clusters in " + clusters + "; name one by --dir");
    }
    return clusters.resolve(names.getFirst());
  }
}
