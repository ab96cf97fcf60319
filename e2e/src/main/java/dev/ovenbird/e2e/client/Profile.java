package dev.ovenbird.e2e.client;

import dev.ovenbird.app.config.Pem;
import dev.ovenbird.protocol.tls.PeerTrust;
import dev.ovenbird.protocol.tls.TlsIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The text of a client profile, and copies of it with other remotes or material. */
public record Profile(String text) {
  /** One {@code remote HOST PORT PROTOCOL} line. */
  public record Remote(String host, int port, String protocol) {
    @Override
    public String toString() {
      return "remote " + host + " " + port + " " + protocol;
    }
  }

  public static Profile read(Path file) {
    try {
      return new Profile(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public List<Remote> remotes() {
    List<Remote> remotes = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("\\s+");
      if (words[0].equals("remote") && words.length >= 4) {
        remotes.add(new Remote(words[1], Integer.parseInt(words[2]), words[3]));
      }
    }
    return remotes;
  }

  /** The profile with only this remote. */
  public Profile with(Remote remote) {
    return new Profile(
        "%s%n%s"
            .formatted(
                remote,
                String.join(
                        "\n",
                        text.lines().filter(line -> !line.strip().startsWith("remote ")).toList())
                    + "\n"));
  }

  /** The profile with its first remote that pleases, alone. */
  public Profile withOnly(Predicate<Remote> wanted) {
    return with(
        remotes().stream()
            .filter(wanted)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no such remote in " + remotes())));
  }

  /** What follows a directive on its line, of the last such line. */
  public Optional<String> value(String directive) {
    return text.lines()
        .filter(line -> line.startsWith(directive + " "))
        .map(line -> line.substring(directive.length() + 1).strip())
        .reduce((first, last) -> last);
  }

  /** The profile with one line of a directive in place of all that it has. */
  public Profile with(String directive, String value) {
    return new Profile(
        directive
            + " "
            + value
            + "\n"
            + text.lines()
                .filter(line -> !line.startsWith(directive + " "))
                .collect(Collectors.joining("\n", "", "\n")));
  }

  /** Certificate and private key. */
  public TlsIdentity identity() {
    return new TlsIdentity(
        Pem.blocks("CERTIFICATE", block("cert")),
        Pem.blocks("PRIVATE KEY", block("key")).getFirst());
  }

  /** Which servers are believed: by fingerprint if the profile has any, else by its CAs. */
  public PeerTrust trust() {
    return has("peer-fingerprint")
        ? PeerTrust.fingerprints(block("peer-fingerprint").lines().toList())
        : PeerTrust.authorities(authorities());
  }

  /** Certificates that a server's must lead to, DER. */
  public List<byte[]> authorities() {
    return Pem.blocks("CERTIFICATE", block("ca"));
  }

  /** Whether there is an inline block of this name. */
  public boolean has(String name) {
    return text.contains("\n<" + name + ">");
  }

  /** The content of an inline block, without its tags. */
  public String block(String name) {
    int start = text.indexOf("<" + name + ">");
    int end = text.indexOf("</" + name + ">");
    if (start < 0 || end < 0) {
      throw new AssertionError("the profile has no <" + name + ">");
    }
    return text.substring(start + name.length() + 2, end).strip();
  }

  /** The profile with other content in an inline block. */
  public Profile withBlock(String name, String content) {
    return new Profile(text.replace(block(name), content.strip()));
  }

  public Path write(Path file) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
