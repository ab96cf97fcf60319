package dev.ovenbird.e2e.office;

import dev.ovenbird.e2e.cluster.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * The README's quickstart on Kubernetes.
 *
 * @param install what the cluster's owner types, one command each, some of several lines
 * @param connect what a person types who has the profile
 */
record Quickstart(List<String> install, List<String> connect) {
  private static final String SECTION = "\n## Kubernetes\n";
  private static final String BEGIN = "\n```console\n";
  private static final String END = "\n```\n";
  private static final String PROMPT = "$ ";

  static Quickstart read() {
    try {
      String readme = Files.readString(Installation.home().resolve("README.md"));
      int section = readme.indexOf(SECTION);
      int install = readme.indexOf(BEGIN, section);
      int connect = readme.indexOf(BEGIN, install + BEGIN.length());
      if (section < 0 || install < 0 || connect < 0) {
        throw new IllegalStateException("README.md has no quickstart with two parts any more");
      }
      return new Quickstart(commands(readme, install), commands(readme, connect));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> commands(String readme, int begin) {
    int start = begin + BEGIN.length();
    List<String> commands = new ArrayList<>();
    for (String line : readme.substring(start, readme.indexOf(END, start)).lines().toList()) {
      if (line.startsWith(PROMPT)) {
        commands.add(line.substring(PROMPT.length()));
      } else {
        commands.add(commands.removeLast() + "\n" + line);
      }
    }
    return List.copyOf(commands);
  }
}
