package dev.ovenbird.e2e.kubernetes.node;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Writes an image of one static program as the archive that {@code docker save} would give. */
final class ImageArchive {
  private static final int BLOCK = 512;

  private ImageArchive() {}

  /**
   * Writes the archive.
   *
   * @param image name and tag
   * @param program the only file, below {@code /bin} under its own name
   * @param entrypoint the command
   */
  static Path write(Path archive, String image, Path program, List<String> entrypoint) {
    try {
      // By way of a file: programs are large, and heaps here are small.
      Path layer = archive.resolveSibling(archive.getFileName() + ".layer");
      try (OutputStream out = Files.newOutputStream(layer)) {
        header(out, "bin/" + program.getFileName(), Files.size(program), 0755);
        copy(program, out);
        end(out);
      }
      String command =
          entrypoint.stream().map(it -> '"' + it + '"').collect(Collectors.joining(",", "[", "]"));
      byte[] config =
          """
          {"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":%s,\
          "Env":["PATH=/bin"],"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}"""
              .formatted(architecture(), command, sha256(layer))
              .getBytes(StandardCharsets.UTF_8);
      byte[] manifest =
          """
          [{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]"""
              .formatted(image)
              .getBytes(StandardCharsets.UTF_8);
      try (OutputStream out = Files.newOutputStream(archive)) {
        entry(out, "config.json", config);
        header(out, "layer.tar", Files.size(layer), 0644);
        copy(layer, out);
        entry(out, "manifest.json", manifest);
        end(out);
      }
      Files.delete(layer);
      return archive;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  private static String sha256(Path file) throws IOException {
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copy(Path file, OutputStream out) throws IOException {
    pad(out, Files.copy(file, out));
  }

  private static void entry(OutputStream out, String name, byte[] content) throws IOException {
    header(out, name, content.length, 0644);
    out.write(content);
    pad(out, content.length);
  }

  private static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[(int) Math.floorMod(-size, (long) BLOCK)]);
  }

  /** What stands before a file in the format of POSIX ustar. */
  private static void header(OutputStream out, String name, long size, int mode)
      throws IOException {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "00000000000");
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    out.write(header);
  }

  private static void put(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }

  private static void end(OutputStream out) throws IOException {
    out.write(new byte[2 * BLOCK]);
  }
}
