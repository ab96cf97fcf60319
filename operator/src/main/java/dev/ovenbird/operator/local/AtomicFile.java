package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/** Files that are there whole or not at all, for root alone. */
final class AtomicFile {
  private AtomicFile() {}

  /** Writes the text beside the file, flushes it, and renames it over the file. */
  static void write(Path file, String text) throws LocalException {
    Path next = file.resolveSibling("." + file.getFileName() + ".next");
    try {
      try {
        Files.deleteIfExists(next);
        try (FileChannel channel =
            FileChannel.open(
                next,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))) {
          ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
          entries.force(true);
        }
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (IOException e) {
      throw LocalException.of(file, e);
    }
  }

  /** Writes only what differs; whether it did. */
  static boolean update(Path file, String text) throws LocalException {
    try {
      if (Files.exists(file) && Files.readString(file).equals(text)) {
        return false;
      }
    } catch (IOException e) {
      // Unreadable or no text: written anew.
      write(file, text);
      return true;
    }
    write(file, text);
    return true;
  }

  static String read(Path file) throws LocalException {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw LocalException.of(file, e);
    }
  }
}
