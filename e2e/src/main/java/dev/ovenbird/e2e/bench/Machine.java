package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Where a run takes place.
 *
 * @param vaes whether AES-GCM can have the wide vector instructions that OpenSSL 3.5 uses
 * @param load the load average over a minute as the run begins: what else goes on
 * @param stock openvpn's first line about itself, with its OpenSSL
 */
record Machine(
    String processor, int processors, boolean vaes, String kernel, double load, String stock) {
  static Machine here() {
    List<String> info = Processors.lines(Path.of("/proc/cpuinfo"));
    String flags = " " + value(info, "flags") + " ";
    return new Machine(
        value(info, "model name"),
        Processors.allowed().size(),
        flags.contains(" avx512f ") && flags.contains(" vaes "),
        Processors.lines(Path.of("/proc/sys/kernel/osrelease")).getFirst(),
        Double.parseDouble(Processors.lines(Path.of("/proc/loadavg")).getFirst().split(" ")[0]),
        stockVersion());
  }

  private static String value(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("unknown");
  }

  private static String stockVersion() {
    List<String> lines =
        Command.attempt(Duration.ofSeconds(10), List.of("openvpn", "--version"))
            .output()
            .lines()
            .toList();
    String library =
        lines.stream().filter(line -> line.startsWith("library versions")).findFirst().orElse("");
    return (lines.isEmpty() ? "openvpn" : lines.getFirst().replaceAll(" \\[.*", ""))
        + ", "
        + library.replaceAll("library versions: |,.*", "");
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d of %s (%s AVX-512 and VAES), Linux %s, load %.1f at the start; %s",
        processors,
        processor,
        vaes ? "with" : "without",
        kernel,
        load,
        stock);
  }
}
