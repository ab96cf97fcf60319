package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Something that a person must put right; the message says what, one line for each thing. */
public final class LocalException extends Exception {
  private static final long serialVersionUID = 1;

  public LocalException(String message) {
    super(message);
  }

  public LocalException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What went wrong with a file, in words. */
  static LocalException of(Path path, IOException problem) {
    String reason = reason(problem);
    String words =
        switch (problem) {
          case NoSuchFileException e -> "no such file; check the path";
          case FileAlreadyExistsException e ->
              "is a file where a folder is needed; use another path";
          case AccessDeniedException e -> "permission denied; give root access to it";
          default ->
              reason.contains("No space left")
                  ? "no space left on the device; free some and try again"
                  : reason.contains("Read-only")
                      ? "the file system is read-only; use another --dir"
                      : reason + "; put that right and try again";
        };
    return new LocalException(path + ": " + words, problem);
  }

  private static String reason(IOException problem) {
    String reason =
        problem instanceof FileSystemException file ? file.getReason() : problem.getMessage();
    return reason == null ? problem.getClass().getSimpleName() : reason;
  }
}
