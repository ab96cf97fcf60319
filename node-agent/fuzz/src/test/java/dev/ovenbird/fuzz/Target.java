package dev.ovenbird.fuzz;

import dev.ovenbird.server.dns.DnsFuzz;
import java.util.List;
import java.util.function.Consumer;

/**
 * Something that is fuzzed.
 *
 * @param name of its corpus
 * @param type the class that Jazzer starts
 * @param run what a corpus is run through
 */
record Target(String name, Class<?> type, Consumer<byte[]> run) {
  static final List<Target> ALL =
      List.of(
          new Target("wire", WireFuzz.class, WireFuzz::fuzzerTestOneInput),
          new Target("wrap", WrapFuzz.class, WrapFuzz::fuzzerTestOneInput),
          new Target("message", MessageFuzz.class, MessageFuzz::fuzzerTestOneInput),
          new Target("reliable", ReliableFuzz.class, ReliableFuzz::fuzzerTestOneInput),
          new Target("keyfile", KeyFileFuzz.class, KeyFileFuzz::fuzzerTestOneInput),
          new Target("packet", PacketFuzz.class, PacketFuzz::fuzzerTestOneInput),
          new Target("config", ConfigFuzz.class, ConfigFuzz::fuzzerTestOneInput),
          new Target("dns", DnsFuzz.class, DnsFuzz::fuzzerTestOneInput),
          new Target("server", ServerFuzz.class, ServerFuzz::fuzzerTestOneInput),
          new Target("client", ClientFuzz.class, ClientFuzz::fuzzerTestOneInput));

  static Target named(String name) {
    return ALL.stream()
        .filter(target -> target.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no fuzz target '"
                        + name
                        + "': one of "
                        + String.join(" ", ALL.stream().map(Target::name).toList())));
  }
}
