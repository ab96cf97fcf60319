package dev.ovenbird.e2e.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The installed openvpn with its announcement of protocol features replaced by that of an older
 * one, where no older one can be installed.
 */
public final class OldClient {
  private static final String ANNOUNCES = "IV_PROTO=%d\n\0";

  /** DATA_V2 only: no exported keys, no request for an unasked PUSH_REPLY, no exit message. */
  private static final String ANNOUNCED = "IV_PROTO=2\n\0\0";

  private OldClient() {}

  /** Writes the changed program into a folder and returns its path. */
  public static Path make(Path dir) {
    Path copy = dir.resolve("openvpn-old");
    try {
      // Latin-1 keeps every byte.
      String program = new String(Files.readAllBytes(installed()), StandardCharsets.ISO_8859_1);
      int at = program.indexOf(ANNOUNCES);
      if (at < 0 || program.indexOf(ANNOUNCES, at + 1) >= 0) {
        throw new IllegalStateException("this openvpn announces IV_PROTO in another way");
      }
      Files.write(
          copy, program.replace(ANNOUNCES, ANNOUNCED).getBytes(StandardCharsets.ISO_8859_1));
      if (!copy.toFile().setExecutable(true)) {
        throw new IllegalStateException("cannot make " + copy + " executable");
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path installed() {
    return Stream.of("/usr/sbin/openvpn", "/usr/local/sbin/openvpn", "/usr/bin/openvpn")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("openvpn is not installed"));
  }
}
