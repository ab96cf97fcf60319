package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.Programs;
import java.nio.file.Path;
import java.util.List;

/** The images that every test cluster has, since no registry can be reached. */
public final class TestImages {
  /**
   * {@code web [HTTP-PORT [UDP-PORT]]} (8080 and 7): answers HTTP with "HOST CLIENT-ADDRESS", sends
   * {@code /bytes/N} and counts what is posted, and echoes UDP. {@code get URL} and {@code lookup
   * NAME [SERVER]} ask from inside: {@code kubectl exec POD -- probe get http://…}.
   */
  public static final String WEB = "ghcr.io/ovenbird/test-web:1";

  static final String PAUSE = "ghcr.io/ovenbird/test-pause:1";
  static final String COREDNS = "ghcr.io/ovenbird/test-coredns:1";

  private TestImages() {}

  static List<Path> write(Path folder) {
    Path programs = Programs.ofNodes();
    Path probe = programs.resolve("probe");
    return List.of(
        ImageArchive.write(
            folder.resolve("pause.tar"), PAUSE, probe, List.of("/bin/probe", "pause")),
        ImageArchive.write(folder.resolve("web.tar"), WEB, probe, List.of("/bin/probe")),
        ImageArchive.write(
            folder.resolve("coredns.tar"),
            COREDNS,
            programs.resolve("coredns"),
            List.of("/bin/coredns")));
  }
}
