package dev.ovenbird.e2e.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The files of this working copy, without what was built or downloaded. */
record Repository(Path root, List<Path> files) {
  private static final Set<String> NOT_OURS = Set.of(".git", ".ovenbird", "target", "node_modules");

  /** From the folder that holds the launcher, looked for upwards from the working directory. */
  static Repository here() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("ovenbird"))) {
      root = root.getParent();
      if (root == null) {
        throw new IllegalStateException("not inside the repository");
      }
    }
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(root, new Ours(files));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Repository(root, List.copyOf(files));
  }

  /** Java sources, with '/' in their paths. */
  List<Path> java(Predicate<String> path) {
    return files(name -> name.endsWith(".java") && path.test(name));
  }

  List<Path> files(Predicate<String> path) {
    return files.stream().filter(file -> path.test(name(file))).toList();
  }

  /** Path from the root. */
  String name(Path file) {
    return root.relativize(file).toString();
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static final class Ours extends SimpleFileVisitor<Path> {
    private final List<Path> files;

    Ours(List<Path> files) {
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      return NOT_OURS.contains(String.valueOf(folder.getFileName()))
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      files.add(file);
      return FileVisitResult.CONTINUE;
    }
  }
}
