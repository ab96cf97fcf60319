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

  private static final String TAKES_AN_MTU = "IV_MTU=%d\n\0";

  /** Of the person's own variables, so that it means nothing. */
  private static final String TAKES_NO_MTU = "UV_MTU=%d\n\0";

  private OldClient() {}

  /** Writes the changed program into a folder and returns its path. */
  public static Path make(Path dir) {
    Path copy = dir.resolve("openvpn-old");
    try {
      // Latin-1 keeps every byte.
      String program = new String(Files.readAllBytes(installed()), StandardCharsets.ISO_8859_1);
      program = changed(changed(program, ANNOUNCES, ANNOUNCED), TAKES_AN_MTU, TAKES_NO_MTU);
      Files.write(copy, program.getBytes(StandardCharsets.ISO_8859_1));
      if (!copy.toFile().setExecutable(true)) {
        throw new IllegalStateException("cannot make " + copy + " executable");
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String changed(String program, String from, String to) {
    int at = program.indexOf(from);
    if (at < 0 || program.indexOf(from, at + 1) >= 0) {
      throw new IllegalStateException("this openvpn announces " + from.strip() + " in another way");
    }
    return program.replace(from, to);
  }

  private static Path installed() {
    return Stream.of("/usr/sbin/openvpn", "/usr/local/sbin/openvpn", "/usr/bin/openvpn")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("openvpn is not installed"));
  }
}
